module github.com/seamflow/seamflow/bench

go 1.26.0
