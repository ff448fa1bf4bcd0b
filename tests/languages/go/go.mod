module hostile-go

go 1.26

require mapistore v0.0.0

replace mapistore => ./.mapistore/sdk
