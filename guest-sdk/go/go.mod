module mapistore

go 1.26
