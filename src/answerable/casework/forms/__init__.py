"""What the desk's pages are sent: signed JSON bodies (`body`) and the few plain forms (`people`)."""
