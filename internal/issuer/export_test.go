package issuer

// CheckRequest reports what is wrong with a request.
func CheckRequest(text []byte) error {
	var i Issued
	_, err := i.publicKey(text)
	return err
}
