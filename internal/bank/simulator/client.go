package simulator

// A client is a customer as this process has read it.
type client struct{}
