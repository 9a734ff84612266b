package store

import (
	"context"
	"fmt"
)

// TableBytes returns how many bytes each table takes on the disk, with its
// indexes.
func (db *DB) TableBytes(ctx context.Context) (map[string]int64, error) {
	bytes := map[string]int64{}
	err := db.view(ctx, func(q querier) error {
		clear(bytes)
		rows, err := q.QueryContext(ctx, db.engine.sizes())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var n int64
			if err := rows.Scan(&name, &n); err != nil {
				return err
			}
			bytes[name] = n
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("measure tables: %w", err)
	}
	return bytes, nil
}
