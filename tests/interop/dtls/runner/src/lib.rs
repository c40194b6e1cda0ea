// The manifest is all.
