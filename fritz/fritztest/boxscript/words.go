package boxscript

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// words splits a line of a script at blanks. A word in double quotes may hold
// blanks and Go's escapes (\n, \x00, \xfc, \u00fc); a word that begins with #
// starts a comment.
func words(line string) ([]string, error) {
	var list []string
	for {
		line = strings.TrimLeft(line, " \t")
		switch {
		case line == "" || line[0] == '#':
			return list, nil
		case line[0] == '"':
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, quoteError(line)
			}
			word, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, quoteError(line)
			}
			line = line[len(quoted):]
			if line != "" && line[0] != ' ' && line[0] != '\t' {
				return nil, fmt.Errorf("a blank is missing behind %s", quoted)
			}
			list = append(list, word)
		default:
			end := strings.IndexAny(line, " \t")
			if end < 0 {
				end = len(line)
			}
			if strings.ContainsRune(line[:end], '"') {
				return nil, fmt.Errorf(`%s has a quote inside; a quoted word is quoted as a whole, with \" for a quote`, line[:end])
			}
			list = append(list, line[:end])
			line = line[end:]
		}
	}
}

// quoteError says what is wrong with the quoted word that line begins with.
func quoteError(line string) error {
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			return fmt.Errorf(`%s has an escape that does not exist; allowed are \" \\ \n \r \t \xHH \uHHHH`, line[:i+1])
		}
	}
	return errors.New("the closing quote is missing")
}
