"""`python -m service.cli`: the command line without the installed script."""

from service.cli import main

main(prog_name="jixiao")
