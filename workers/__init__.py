"""What Jixiao does by itself: tells people, keeps time, builds reports. Nobody imports this package.

The database says what is to be done; the broker only says when to look (workers/README.md).
"""
