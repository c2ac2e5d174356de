package detect

// Budget bounds the work on a file with all that is packed in it, as the last resort
// against content that is made to cost much. The unit is a byte that is decoded, so a
// budget ends at the same place on every machine. A nil Budget has no bound.
type Budget struct{ left int }

const (
	// sparedWork may be spent on any file, and workPerByte on each byte of it. Escaped
	// keys, one in each line, cost a part of that.
	sparedWork  = 16 << 20
	workPerByte = 256
	// plainWork is the cost of the rules of a plain anchor.
	plainWork = 256
)

// NewBudget returns the budget of a file. It grows with each text that is searched.
func NewBudget() *Budget { return &Budget{left: sparedWork} }

// Spent reports whether some anchors were not judged because the budget was spent.
func (b *Budget) Spent() bool { return b != nil && b.left < 0 }

// grow adds what a text of some size may cost.
func (b *Budget) grow(size int) {
	if b != nil && b.left >= 0 {
		b.left += workPerByte * size
	}
}

func (b *Budget) spend(work int) {
	if b != nil {
		b.left -= work
	}
}
