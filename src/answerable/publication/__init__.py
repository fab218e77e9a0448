"""What is published: for now the static public site."""
