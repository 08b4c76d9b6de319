//! How Cloudflare and the outside are reached.
