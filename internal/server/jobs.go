package server

import (
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/jobrun"
)

// jobs makes the runner of due work: here every kind of job gets its handler.
func (s *Server) jobs(p *parts) *jobrun.Runner {
	return &jobrun.Runner{
		Store: p.db, Clock: p.clock, Log: s.deps.Log, Metrics: jobrun.NewMetrics(s.deps.Metrics),
		Handlers: map[job.Kind]jobrun.Handler{},
		Inserted: p.db.JobsInserted(),
	}
}
