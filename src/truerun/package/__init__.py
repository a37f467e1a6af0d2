"""truerun as a package: its wheel, and the digest of what each stage reads of it."""
