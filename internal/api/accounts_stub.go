package api

// accountRoutes is replaced by the routes of account information.
func accountRoutes() []route { return nil }
