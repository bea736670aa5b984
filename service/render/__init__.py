"""Files made of a document: the official layout and plain data. Pure: a document and a stamp in, bytes out."""
