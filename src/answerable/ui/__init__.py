"""What every page shares: base templates, components, static files, security middleware, translation helpers."""
