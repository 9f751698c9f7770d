#!/bin/sh
# Speaks the texts with espeak-ng, and writes each as 8 kHz A-law WAV to audio/LANGUAGE/FILE.wav.
# Needs espeak-ng, on Debian: apt-get install espeak-ng. Run it by "go generate" in the folder
# above, after a change of the texts.
set -eu
cd "$(dirname "$0")"
while read -r language file text; do
	case $language in
	'' | '#') continue ;;
	de) voice=de speed=145 ;;
	en) voice=en-gb speed=150 ;;
	esac
	mkdir -p "../audio/$language"
	espeak-ng -v "$voice" -s "$speed" -a 160 --stdout -- "$text" </dev/null |
		go run . >"../audio/$language/$file.wav"
done <texts
