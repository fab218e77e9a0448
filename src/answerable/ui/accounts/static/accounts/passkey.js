// Shows the passkey's button where a passkey can work, and says so when one was not used. The rest is the library's.
document.addEventListener('DOMContentLoaded', () => {
  const button = document.getElementById('passkey')
  if (button && window.PublicKeyCredential) button.hidden = false
})
document.addEventListener('allauth.error', (event) => {
  event.preventDefault()
  const trouble = document.getElementById('passkey-trouble')
  if (trouble) trouble.hidden = false
})
