package store

import (
	"context"
	"fmt"

	"sluss.example/sluss/internal/keyring"
)

var _ keyring.Store = (*DB)(nil)

// Keys implements [keyring.Store].
func (db *DB) Keys(ctx context.Context) (keys []keyring.StoredKey, err error) {
	err = db.view(ctx, func(q querier) error {
		keys, err = queryKeys(ctx, q)
		return err
	})
	return keys, err
}

func queryKeys(ctx context.Context, q querier) ([]keyring.StoredKey, error) {
	keys, err := scanAll(ctx, q, scanKey, `
		SELECT key_id, algorithm, certificate, sealed, reference, created_at, published_at, signs_from, retired_at
		FROM signing_keys ORDER BY created_at, key_id`)
	if err != nil {
		return nil, fmt.Errorf("query keys: %w", err)
	}
	return keys, nil
}

func scanKey(row scanner) (k keyring.StoredKey, err error) {
	err = row.Scan(&k.KeyID, &k.Algorithm, &k.Certificate, &k.Sealed, &k.Reference, instant{&k.CreatedAt},
		instant{&k.PublishedAt}, instant{&k.SignsFrom}, instant{&k.RetiredAt})
	if len(k.Sealed) == 0 {
		k.Sealed = nil // as it was put
	}
	return k, err
}

// UpdateKeys implements [keyring.Store].
func (db *DB) UpdateKeys(ctx context.Context, fn func(keys []keyring.StoredKey) (keyring.Change, error)) error {
	return db.tx(ctx, func(q querier) error {
		keys, err := queryKeys(ctx, q)
		if err != nil {
			return err
		}
		change, err := fn(keys)
		if err != nil {
			return err
		}
		for _, id := range change.Delete {
			if _, err := q.ExecContext(ctx, "DELETE FROM signing_keys WHERE key_id = $1", id); err != nil {
				return fmt.Errorf("delete key: %w", err)
			}
		}
		for _, k := range change.Put {
			if _, err := q.ExecContext(ctx, `
				INSERT INTO signing_keys (key_id, algorithm, certificate, sealed, reference, created_at, published_at, signs_from, retired_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
				ON CONFLICT (key_id) DO UPDATE SET
					published_at = excluded.published_at, signs_from = excluded.signs_from, retired_at = excluded.retired_at`,
				k.KeyID, k.Algorithm, k.Certificate, sealed(k.Sealed), k.Reference, millis(k.CreatedAt),
				millis(k.PublishedAt), millis(k.SignsFrom), millis(k.RetiredAt)); err != nil {
				return fmt.Errorf("put key: %w", err)
			}
		}
		return insertEvents(ctx, q, change.Events)
	})
}

// sealed returns what the column has: no bytes are not NULL.
func sealed(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
