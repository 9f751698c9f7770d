package phoneblock

import (
	"time"

	"github.com/callporter/callporter/screening/mirror"
)

// Listing is what the list on this machine says about a number.
type Listing struct {
	Votes  int // at least so many people have reported it
	Rating Rating
	Last   time.Time // the month of the last report; zero = not known
}

// The payload of an entry: 5 bits for the votes, 3 for the rating, 6 for the month.
const (
	ratingBits, monthBits = 3, 6
	months                = 1<<monthBits - 1 // the month is known modulo this
)

// pack makes the payload of a listing. It is 0 where there are no votes.
func (l Listing) pack(now time.Time) uint16 {
	if l.Votes <= 0 {
		return 0
	}
	month := 0
	if age := monthOf(now) - monthOf(l.Last); !l.Last.IsZero() && age >= 0 && age < months {
		month = 1 + monthOf(l.Last)%months
	}
	return mirror.PackCount(l.Votes)<<(ratingBits+monthBits) | uint16(l.Rating)<<monthBits | uint16(month)
}

// unpack reads a payload. The month is the last one that it can be.
func unpack(payload uint16, now time.Time) Listing {
	l := Listing{
		Votes:  votesOf(payload),
		Rating: Rating(payload >> monthBits & (1<<ratingBits - 1)),
	}
	if month := int(payload&(1<<monthBits-1)) - 1; month >= 0 {
		current := monthOf(now)
		month = current - (current-month)%months
		l.Last = time.Date(month/12, time.Month(month%12+1), 1, 0, 0, 0, 0, time.UTC)
	}
	return l
}

func votesOf(payload uint16) int { return mirror.UnpackCount(payload >> (ratingBits + monthBits)) }

// monthOf counts months.
func monthOf(t time.Time) int {
	t = t.UTC()
	return t.Year()*12 + int(t.Month()) - 1
}

// Block is a number range with several listed numbers.
type Block struct {
	Size    int // 10 or 100 numbers
	Members int // so many of them are listed
	Votes   int // of all members together, at least
}

const (
	tenMembers     = 4 // of ten numbers
	hundredMembers = 8 // of a hundred, in at least
	hundredTens    = 4 // tens
)

// Find returns what a list says about a number.
func Find(list *mirror.Table, number uint64, now time.Time) (Listing, bool) {
	payload, found := list.Find(number)
	if !found {
		return Listing{}, false
	}
	return unpack(payload, now), true
}

// FindBlock returns the block around a number, of ten numbers or else of a hundred, if
// enough of it is listed: who calls from many numbers has them in a row.
func FindBlock(list *mirror.Table, number uint64) (Block, bool) {
	hundred := list.Block(number, 100)
	ten := Block{Size: 10}
	all := Block{Size: 100}
	tens, last := 0, uint64(0)
	for _, e := range hundred {
		v := votesOf(e.Payload())
		all.Members, all.Votes = all.Members+1, all.Votes+v
		if e.Number()/10 == number/10 {
			ten.Members, ten.Votes = ten.Members+1, ten.Votes+v
		}
		if e.Number()/10 != last {
			tens, last = tens+1, e.Number()/10
		}
	}
	switch {
	case ten.Members >= tenMembers:
		return ten, true
	case all.Members >= hundredMembers && tens >= hundredTens:
		return all, true
	}
	return Block{}, false
}
