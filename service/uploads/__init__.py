"""Files that people upload to be kept as they are: named safely, looked into, and refused with a reason.

An importer reads a file to turn it into a form; here nothing is read but what proves that the file is what it says,
does nothing when it is opened, and carries no mark of secrecy.
"""
