"""What a click program costs that opens SQLite in our mode and writes, or reads, one row: the floor of our commands."""

import sqlite3
import sys

import click


@click.group()
def root():
    pass


@root.command()
@click.argument("file")
@click.argument("text")
def write(file, text):
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO notes VALUES (?)", (text,))
    connection.execute("COMMIT")
    click.echo("ok")


@root.command()
@click.argument("file")
def table(file):
    from rich.console import Console
    from rich.table import Table

    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = EXTRA")
    drawn = Table("text")
    for (text,) in connection.execute("SELECT text FROM notes LIMIT 5"):
        drawn.add_row(text)
    Console().print(drawn)


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        sqlite3.connect(sys.argv[2]).execute("CREATE TABLE notes (text)")
    else:
        root()
