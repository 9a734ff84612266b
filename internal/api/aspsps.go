package api

func directoryRoutes() []route { return nil }
