// Command seamflow turns a pipeline spec into a typed Go program that keeps tables up to date.
package main

import (
	"os"

	"github.com/seamflow/seamflow/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
