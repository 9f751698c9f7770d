// Package refusal is what callporter answers where it will not or cannot do what it was
// asked: one value for each case, with a code of the contract, a sentence in English and
// German, and what to do about it where that is known.
package refusal
