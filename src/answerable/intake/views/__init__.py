"""The pages of the reporter party. Every journey completes without script; none keeps in clear what it was sent."""
