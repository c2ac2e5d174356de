package mmap

import (
	"os"

	"github.com/qasleaks/qasleaks/internal/regular"
)

// extent is a part of a file that is not a hole, in bytes.
type extent struct{ from, to int64 }

// OpenData maps a file like [Open], but shortens its holes to a page each, if they have at
// least enough bytes together: a hole contains only zeros, and may be larger than any
// disk. It returns the number of bytes that it left out. Only some systems and file systems
// know holes; elsewhere it maps the whole file.
func OpenData(path string, enough int64) (m *Map, left int64, err error) {
	f, info, err := regular.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	if info.Size() >= enough {
		if data := dataOf(f, info.Size()); data != nil && info.Size()-length(data) >= enough {
			m, err = mapExtents(f, data)
			return m, info.Size() - length(data), err
		}
	}
	m, err = Open(path)
	return m, 0, err
}

// dataOf returns the extents of a file, in whole pages; nil if the system does not know them.
func dataOf(f *os.File, size int64) []extent {
	if seekData == 0 {
		return nil
	}
	data := []extent{}
	page := int64(os.Getpagesize())
	near := page // holes that are not longer count as data
	for at := int64(0); at < size; {
		from, err := f.Seek(at, seekData)
		if err != nil {
			if len(data) == 0 && at == 0 && !isNoData(err) {
				return nil
			}
			break
		}
		to, err := f.Seek(from, seekHole)
		if err != nil {
			to = size
		}
		from, to = from/page*page, min((to+page-1)/page*page, size)
		if n := len(data); n > 0 && from-data[n-1].to <= near {
			data[n-1].to = to
		} else {
			data = append(data, extent{from, to})
		}
		if len(data) > maxExtents {
			near *= 8
			data = joined(data, near)
		}
		at = max(to, at+1)
	}
	return data
}

// maxExtents is less than the number of mappings that Linux allows a process.
const maxExtents = 1 << 12

// joined joins extents that are near to one another.
func joined(data []extent, near int64) []extent {
	all := data[:1]
	for _, e := range data[1:] {
		if last := &all[len(all)-1]; e.from-last.to <= near {
			last.to = e.to
		} else {
			all = append(all, e)
		}
	}
	return all
}

// length returns the number of bytes in extents.
func length(data []extent) (n int64) {
	for _, e := range data {
		n += e.to - e.from
	}
	return n
}
