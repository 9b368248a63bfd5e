module github.com/seamflow/seamflow/examples

go 1.26.0

require github.com/seamflow/seamflow v0.0.0

replace github.com/seamflow/seamflow => ../
