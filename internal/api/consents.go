package api

func consentRoutes() []route { return nil }
