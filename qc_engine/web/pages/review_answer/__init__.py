"""The page on which a manager says whether the review exists."""
