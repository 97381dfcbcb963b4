"""Reviews: which are to be looked for, which are decided, and how far the links came."""
