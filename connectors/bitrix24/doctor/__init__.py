"""Is a portal set up as config.yaml and the scenarios believe?"""
