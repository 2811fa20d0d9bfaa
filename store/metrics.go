package store

// Metrics tells what a store takes up.
type Metrics struct {
	DiskBytes     int64 // all files of the directory
	LogBytes      int64 // of these, the write-ahead log
	MemTableBytes int64
	CacheBytes    int64
	Tables        int64
	// ReadDepth is how many tables a read may have to ask; in the tens, compaction is
	// behind.
	ReadDepth int
	FreeBytes int64 // of the file system; -1 if it does not tell
}

// Metrics measures now.
func (db *DB) Metrics() (Metrics, error) {
	if err := db.enter(); err != nil {
		return Metrics{}, err
	}
	defer db.leave()
	if err := db.fail.get(); err != nil {
		return Metrics{}, err
	}
	m := db.p.Metrics()
	out := Metrics{
		DiskBytes:     int64(m.DiskSpaceUsage()),
		LogBytes:      int64(m.WAL.PhysicalSize),
		MemTableBytes: int64(m.MemTable.Size),
		CacheBytes:    m.BlockCache.Size,
		ReadDepth:     m.ReadAmp(),
		FreeBytes:     -1,
	}
	for _, l := range m.Levels {
		out.Tables += l.TablesCount
	}
	if u, err := db.fs.GetDiskUsage(db.dir); err == nil {
		out.FreeBytes = int64(u.AvailBytes)
	}
	return out, nil
}
