// The JSON conformance cases: named documents and whether a strict scanner must accept each.
//
//	node cases.mjs DIR       write each case to DIR/<name>.json, and DIR/expected.txt
//	node cases.mjs --verify  compare every expectation with what node's own parser says
//
// expected.txt holds `0 NAME` (accept) or `1 NAME` (refuse), the very lines that `json-check -`
// prints, so that a plain diff is the whole test.
//
// The rules are RFC 8259 with its freedoms settled: valid UTF-8 only, no byte order mark, nesting
// up to MAX_DEPTH, a number of any size, a lone surrogate only as an escape. Cases y_, n_ and i_
// bear the names they have in the public JSONTestSuite. The generated ones derive the expectation
// from the grammar, never from a parser: the parser in --verify is there to prove them right.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { pathToFileURL } from 'node:url';

export const MAX_DEPTH = 512;

// One byte a character, for what is not UTF-8.
const raw = (text) => Buffer.from(text, 'latin1');

// Strings are taken as UTF-8, numbers as single bytes, buffers as they are.
function concat(...parts) {
	return Buffer.concat(parts.map((part) =>
		typeof part === 'number' ? Buffer.of(part) : Buffer.from(part)));
}

const hex = (byte) => byte.toString(16).padStart(2, '0');
const hexBytes = (bytes) => [...bytes].map(hex).join('_');
const everyByte = Array.from({ length: 256 }, (_, byte) => byte);
const isOneOf = (byte, characters) => characters.includes(String.fromCharCode(byte));

const WHITESPACE = ' \t\n\r';
const DIGITS = '0123456789';
const HEX_DIGITS = '0123456789abcdefABCDEF';
const SIMPLE_ESCAPES = '"\\/bfnrt';

// ---------------------------------------------------------------- JSONTestSuite

const r = String.raw;

const SUITE_ACCEPT = {
	'y_array_arraysWithSpaces': '[[]   ]',
	'y_array_empty-string': '[""]',
	'y_array_empty': '[]',
	'y_array_ending_with_newline': '["a"]\n',
	'y_array_false': '[false]',
	'y_array_heterogeneous': '[null, 1, "1", {}]',
	'y_array_null': '[null]',
	'y_array_with_1_and_newline': '[1\n]',
	'y_array_with_leading_space': ' [1]',
	'y_array_with_several_null': '[1,null,null,null,2]',
	'y_array_with_trailing_space': '[2] ',
	'y_number': '[123e65]',
	'y_number_0e+1': '[0e+1]',
	'y_number_0e1': '[0e1]',
	'y_number_after_space': '[ 4]',
	'y_number_double_close_to_zero': `[-0.${'0'.repeat(77)}1]\n`,
	'y_number_int_with_exp': '[20e1]',
	'y_number_minus_zero': '[-0]',
	'y_number_negative_int': '[-123]',
	'y_number_negative_one': '[-1]',
	'y_number_negative_zero': '[-0]',
	'y_number_real_capital_e': '[1E22]',
	'y_number_real_capital_e_neg_exp': '[1E-2]',
	'y_number_real_capital_e_pos_exp': '[1E+2]',
	'y_number_real_exponent': '[123e45]',
	'y_number_real_fraction_exponent': '[123.456e78]',
	'y_number_real_neg_exp': '[1e-2]',
	'y_number_real_pos_exponent': '[1e+2]',
	'y_number_simple_int': '[123]',
	'y_number_simple_real': '[123.456789]',
	'y_object': '{"asd":"sdf", "dfg":"fgh"}',
	'y_object_basic': '{"asd":"sdf"}',
	'y_object_duplicated_key': '{"a":"b","a":"c"}',
	'y_object_duplicated_key_and_value': '{"a":"b","a":"b"}',
	'y_object_empty': '{}',
	'y_object_empty_key': '{"":0}',
	'y_object_escaped_null_in_key': r`{"foo\u0000bar": 42}`,
	'y_object_extreme_numbers': '{ "min": -1.0e+28, "max": 1.0e+28 }',
	'y_object_long_strings': `{"x":[{"id": "${'x'.repeat(40)}"}], "id": "${'x'.repeat(40)}"}`,
	'y_object_simple': '{"a":[]}',
	'y_object_string_unicode': r`{"title":"\u041f\u043e\u043b\u0442\u043e\u0440\u0430 \u0417" }`,
	'y_object_with_newlines': '{\n"a": "b"\n}',
	'y_string_1_2_3_bytes_UTF-8_sequences': r`["\u0060\u012a\u12AB"]`,
	'y_string_accepted_surrogate_pair': r`["\uD801\udc37"]`,
	'y_string_accepted_surrogate_pairs': r`["\ud83d\ude39\ud83d\udc8d"]`,
	'y_string_allowed_escapes': r`["\"\\\/\b\f\n\r\t"]`,
	'y_string_backslash_and_u_escaped_zero': r`["\\u0000"]`,
	'y_string_backslash_doublequotes': r`["\""]`,
	'y_string_comments': '["a/*b*/c/*d//e"]',
	'y_string_double_escape_a': r`["\\a"]`,
	'y_string_double_escape_n': r`["\\n"]`,
	'y_string_escaped_control_character': r`["\u0012"]`,
	'y_string_escaped_noncharacter': r`["\uFFFF"]`,
	'y_string_in_array': '["asd"]',
	'y_string_in_array_with_leading_space': '[ "asd"]',
	'y_string_last_surrogates_1_and_2': r`["\uDBFF\uDFFF"]`,
	'y_string_nbsp_uescaped': r`["new\u00A0line"]`,
	'y_string_nonCharacterInUTF-8_U+10FFFF': '["\u{10FFFF}"]',
	'y_string_nonCharacterInUTF-8_U+FFFF': '["\uFFFF"]',
	'y_string_null_escape': r`["\u0000"]`,
	'y_string_one-byte-utf-8': r`["\u002c"]`,
	'y_string_pi': '["\u03C0"]',
	'y_string_reservedCharacterInUTF-8_U+1BFFF': '["\u{1BFFF}"]',
	'y_string_simple_ascii': '["asd "]',
	'y_string_space': '" "',
	'y_string_surrogates_U+1D11E_MUSICAL_SYMBOL_G_CLEF': r`["\uD834\uDd1e"]`,
	'y_string_three-byte-utf-8': r`["\u0821"]`,
	'y_string_two-byte-utf-8': r`["\u0123"]`,
	'y_string_u+2028_line_sep': '["\u2028"]',
	'y_string_u+2029_par_sep': '["\u2029"]',
	'y_string_uEscape': r`["\u0061\u30af\u30EA\u30b9"]`,
	'y_string_uescaped_newline': r`["new\u000Aline"]`,
	'y_string_unescaped_char_delete': '["\x7f"]',
	'y_string_unicode': r`["\uA66D"]`,
	'y_string_unicodeEscapedBackslash': r`["\u005C"]`,
	'y_string_unicode_2': '["\u2342\u3234\u2342"]',
	'y_string_unicode_U+10FFFE_nonchar': r`["\uDBFF\uDFFE"]`,
	'y_string_unicode_U+1FFFE_nonchar': r`["\uD83F\uDFFE"]`,
	'y_string_unicode_U+200B_ZERO_WIDTH_SPACE': r`["\u200B"]`,
	'y_string_unicode_U+2064_invisible_plus': r`["\u2064"]`,
	'y_string_unicode_U+FDD0_nonchar': r`["\uFDD0"]`,
	'y_string_unicode_U+FFFE_nonchar': r`["\uFFFE"]`,
	'y_string_unicode_escaped_double_quote': r`["\u0022"]`,
	'y_string_utf8': '["\u20AC\u{1D11E}"]',
	'y_string_with_del_character': '["a\x7fa"]',
	'y_structure_lonely_false': 'false',
	'y_structure_lonely_int': '42',
	'y_structure_lonely_negative_real': '-0.1',
	'y_structure_lonely_null': 'null',
	'y_structure_lonely_string': '"asd"',
	'y_structure_lonely_true': 'true',
	'y_structure_string_empty': '""',
	'y_structure_trailing_newline': '["a"]\n',
	'y_structure_true_in_array': '[true]',
	'y_structure_whitespace_array': ' [] ',

	'i_number_double_huge_neg_exp': '[123.456e-789]',
	'i_number_huge_exp': `[0.4e0066${'9'.repeat(98)}69999999006]`,
	'i_number_neg_int_huge_exp': '[-1e+9999]',
	'i_number_pos_double_huge_exp': '[1.5e+9999]',
	'i_number_real_neg_overflow': '[-123123e100000]',
	'i_number_real_pos_overflow': '[123123e100000]',
	'i_number_real_underflow': '[123e-10000000]',
	'i_number_too_big_neg_int': '[-123123123123123123123123123123]',
	'i_number_too_big_pos_int': '[100000000000000000000]',
	'i_number_very_big_negative_int': '[-237462374673276894279832749832423479823246327846]',
	'i_object_key_lone_2nd_surrogate': r`{"\uDFAA":0}`,
	'i_string_1st_surrogate_but_2nd_missing': r`["\uDADA"]`,
	'i_string_1st_valid_surrogate_2nd_invalid': r`["\uD888\u1234"]`,
	'i_string_incomplete_surrogate_and_escape_valid': r`["\uD800\n"]`,
	'i_string_incomplete_surrogate_pair': r`["\uDd1ea"]`,
	'i_string_incomplete_surrogates_escape_valid': r`["\uD800\uD800\n"]`,
	'i_string_invalid_lonely_surrogate': r`["\ud800"]`,
	'i_string_invalid_surrogate': r`["\ud800abc"]`,
	'i_string_inverted_surrogates_U+1D11E': r`["\uDd1e\uD834"]`,
	'i_string_lone_second_surrogate': r`["\uDFAA"]`,
	'i_structure_500_nested_arrays': '['.repeat(500) + ']'.repeat(500),
};

const SUITE_REFUSE = {
	'n_array_1_true_without_comma': '[1 true]',
	'n_array_a_invalid_utf8': raw('[a\xe5]'),
	'n_array_colon_instead_of_comma': '["": 1]',
	'n_array_comma_after_close': '[""],',
	'n_array_comma_and_number': '[,1]',
	'n_array_double_comma': '[1,,2]',
	'n_array_double_extra_comma': '["x",,]',
	'n_array_extra_close': '["x"]]',
	'n_array_extra_comma': '["",]',
	'n_array_incomplete': '["x"',
	'n_array_incomplete_invalid_value': '[x',
	'n_array_inner_array_no_comma': '[3[4]]',
	'n_array_invalid_utf8': raw('[\xff]'),
	'n_array_items_separated_by_semicolon': '[1:2]',
	'n_array_just_comma': '[,]',
	'n_array_just_minus': '[-]',
	'n_array_missing_value': '[   , ""]',
	'n_array_newlines_unclosed': '["a",\n4\n,1,',
	'n_array_number_and_comma': '[1,]',
	'n_array_number_and_several_commas': '[1,,]',
	'n_array_spaces_vertical_tab_formfeed': '["\x0ba"\\f]',
	'n_array_star_inside': '[*]',
	'n_array_unclosed': '[""',
	'n_array_unclosed_trailing_comma': '[1,',
	'n_array_unclosed_with_new_lines': '[1,\n1\n,1',
	'n_array_unclosed_with_object_inside': '[{}',
	'n_incomplete_false': '[fals]',
	'n_incomplete_null': '[nul]',
	'n_incomplete_true': '[tru]',
	'n_multidigit_number_then_00': '123\x00',
	'n_number_++': '[++1234]',
	'n_number_+1': '[+1]',
	'n_number_+Inf': '[+Inf]',
	'n_number_-01': '[-01]',
	'n_number_-1.0.': '[-1.0.]',
	'n_number_-2.': '[-2.]',
	'n_number_-NaN': '[-NaN]',
	'n_number_.-1': '[.-1]',
	'n_number_.2e-3': '[.2e-3]',
	'n_number_0.1.2': '[0.1.2]',
	'n_number_0.3e+': '[0.3e+]',
	'n_number_0.3e': '[0.3e]',
	'n_number_0.e1': '[0.e1]',
	'n_number_0_capital_E+': '[0E+]',
	'n_number_0_capital_E': '[0E]',
	'n_number_0e+': '[0e+]',
	'n_number_0e': '[0e]',
	'n_number_1.0e+': '[1.0e+]',
	'n_number_1.0e-': '[1.0e-]',
	'n_number_1.0e': '[1.0e]',
	'n_number_1_000': '[1 000.0]',
	'n_number_1eE2': '[1eE2]',
	'n_number_2.e+3': '[2.e+3]',
	'n_number_2.e-3': '[2.e-3]',
	'n_number_2.e3': '[2.e3]',
	'n_number_9.e+': '[9.e+]',
	'n_number_Inf': '[Inf]',
	'n_number_NaN': '[NaN]',
	'n_number_U+FF11_fullwidth_digit_one': '[\uFF11]',
	'n_number_expression': '[1+2]',
	'n_number_hex_1_digit': '[0x1]',
	'n_number_hex_2_digits': '[0x42]',
	'n_number_infinity': '[Infinity]',
	'n_number_invalid+-': '[0e+-1]',
	'n_number_invalid-negative-real': '[-123.123foo]',
	'n_number_invalid-utf-8-in-bigger-int': raw('[123\xe5]'),
	'n_number_invalid-utf-8-in-exponent': raw('[1e1\xe5]'),
	'n_number_invalid-utf-8-in-int': raw('[0\xe5]\n'),
	'n_number_minus_infinity': '[-Infinity]',
	'n_number_minus_sign_with_trailing_garbage': '[-foo]',
	'n_number_minus_space_1': '[- 1]',
	'n_number_neg_int_starting_with_zero': '[-012]',
	'n_number_neg_real_without_int_part': '[-.123]',
	'n_number_neg_with_garbage_at_end': '[-1x]',
	'n_number_real_garbage_after_e': '[1ea]',
	'n_number_real_with_invalid_utf8_after_e': raw('[1e\xe5]'),
	'n_number_real_without_fractional_part': '[1.]',
	'n_number_starting_with_dot': '[.123]',
	'n_number_with_alpha': '[1.2a-3]',
	'n_number_with_alpha_char': '[1.8011670033376514H-308]',
	'n_number_with_leading_zero': '[012]',
	'n_object_bad_value': '["x", truth]',
	'n_object_bracket_key': '{[: "x"}\n',
	'n_object_comma_instead_of_colon': '{"x", null}',
	'n_object_double_colon': '{"x"::"b"}',
	'n_object_emoji': '{\u{1F1E8}\u{1F1ED}}',
	'n_object_garbage_at_end': '{"a":"a" 123}',
	'n_object_key_with_single_quotes': "{key: 'value'}",
	'n_object_lone_continuation_byte_in_key_and_trailing_comma': raw('{"\xb9":"0",}'),
	'n_object_missing_colon': '{"a" b}',
	'n_object_missing_key': '{:"b"}',
	'n_object_missing_semicolon': '{"a" "b"}',
	'n_object_missing_value': '{"a":',
	'n_object_no-colon': '{"a"',
	'n_object_non_string_key': '{1:1}',
	'n_object_non_string_key_but_huge_number_instead': '{9999E9999:1}',
	'n_object_repeated_null_null': '{null:null,null:null}',
	'n_object_several_trailing_commas': '{"id":0,,,,,}',
	'n_object_single_quote': "{'a':0}",
	'n_object_trailing_comma': '{"id":0,}',
	'n_object_trailing_comment': '{"a":"b"}/**/',
	'n_object_trailing_comment_open': '{"a":"b"}/**//',
	'n_object_trailing_comment_slash_open': '{"a":"b"}//',
	'n_object_trailing_comment_slash_open_incomplete': '{"a":"b"}/',
	'n_object_two_commas_in_a_row': '{"a":"b",,"c":"d"}',
	'n_object_unquoted_key': '{a: "b"}',
	'n_object_unterminated-value': '{"a":"a',
	'n_object_with_single_string': '{ "foo" : "bar", "a" }',
	'n_object_with_trailing_garbage': '{"a":"b"}#',
	'n_single_space': ' ',
	'n_string_1_surrogate_then_escape': r`["\uD800\"]`,
	'n_string_1_surrogate_then_escape_u': r`["\uD800\u"]`,
	'n_string_1_surrogate_then_escape_u1': r`["\uD800\u1"]`,
	'n_string_1_surrogate_then_escape_u1x': r`["\uD800\u1x"]`,
	'n_string_accentuated_char_no_quotes': '[\u00E9]',
	'n_string_backslash_00': '["\\\x00"]',
	'n_string_escape_x': r`["\x00"]`,
	'n_string_escaped_backslash_bad': r`["\\\"]`,
	'n_string_escaped_ctrl_char_tab': '["\\\t"]',
	'n_string_escaped_emoji': '["\\\u{1F300}"]',
	'n_string_incomplete_escape': r`["\"]`,
	'n_string_incomplete_escaped_character': r`["\u00A"]`,
	'n_string_incomplete_surrogate': r`["\uD834\uDd"]`,
	'n_string_incomplete_surrogate_escape_invalid': r`["\uD800\uD800\x"]`,
	'n_string_invalid-utf-8-in-escape': raw('["\\u\xe5"]'),
	'n_string_invalid_backslash_esc': r`["\a"]`,
	'n_string_invalid_unicode_escape': r`["\uqqqq"]`,
	'n_string_invalid_utf8_after_escape': raw('["\\\xe5"]'),
	'n_string_leading_uescaped_thinspace': r`[\u0020"asd"]`,
	'n_string_no_quotes_with_bad_escape': r`[\n]`,
	'n_string_single_doublequote': '"',
	'n_string_single_quote': "['single quote']",
	'n_string_single_string_no_double_quotes': 'abc',
	'n_string_start_escape_unclosed': '["\\',
	'n_string_unescaped_ctrl_char': '["a\x00a"]',
	'n_string_unescaped_newline': '["new\nline"]',
	'n_string_unescaped_tab': '["\t"]',
	'n_string_unicode_CapitalU': r`"\UA66D"`,
	'n_string_with_trailing_garbage': '""x',
	'n_structure_100000_opening_arrays': '['.repeat(100000),
	'n_structure_U+2060_word_joined': '[\u2060]',
	'n_structure_UTF8_BOM_no_data': '\uFEFF',
	'n_structure_angle_bracket_.': '<.>',
	'n_structure_angle_bracket_null': '[<null>]',
	'n_structure_array_trailing_garbage': '[1]x',
	'n_structure_array_with_extra_array_close': '[1]]',
	'n_structure_array_with_unclosed_string': '["asd]',
	'n_structure_ascii-unicode-identifier': 'a\u00E5',
	'n_structure_capitalized_True': '[True]',
	'n_structure_close_unopened_array': '1]',
	'n_structure_comma_instead_of_closing_brace': '{"x": true,',
	'n_structure_double_array': '[][]',
	'n_structure_end_array': ']',
	'n_structure_incomplete_UTF8_BOM': raw('\xef\xbb{}'),
	'n_structure_lone-invalid-utf-8': raw('\xe5'),
	'n_structure_lone-open-bracket': '[',
	'n_structure_no_data': '',
	'n_structure_null-byte-outside-string': '[\x00]',
	'n_structure_number_with_trailing_garbage': '2@',
	'n_structure_object_followed_by_closing_object': '{}}',
	'n_structure_object_unclosed_no_value': '{"":',
	'n_structure_object_with_comment': '{"a":/*comment*/"b"}',
	'n_structure_object_with_trailing_garbage': '{"a": true} "x"',
	'n_structure_open_array_apostrophe': "['",
	'n_structure_open_array_comma': '[,',
	'n_structure_open_array_object': '[{"":'.repeat(50000) + '\n',
	'n_structure_open_array_open_object': '[{',
	'n_structure_open_array_open_string': '["a',
	'n_structure_open_array_string': '["a"',
	'n_structure_open_object': '{',
	'n_structure_open_object_close_array': '{]',
	'n_structure_open_object_comma': '{,',
	'n_structure_open_object_open_array': '{[',
	'n_structure_open_object_open_string': '{"a',
	'n_structure_open_object_string_with_apostrophes': "{'a'",
	'n_structure_open_open': r`["\{["\{["\{["\{`,
	'n_structure_single_eacute': raw('\xe9'),
	'n_structure_single_star': '*',
	'n_structure_trailing_#': '{"a":"b"}#{}',
	'n_structure_uescaped_LF_before_string': r`[\u000A""]`,
	'n_structure_unclosed_array': '[1',
	'n_structure_unclosed_array_partial_null': '[ false, nul',
	'n_structure_unclosed_array_unfinished_false': '[ true, fals',
	'n_structure_unclosed_array_unfinished_true': '[ false, tru',
	'n_structure_unclosed_object': '{"asd":"asd"',
	'n_structure_unicode-identifier': '\u00E5',
	'n_structure_whitespace_U+2060_word_joiner': '\u2060',
	'n_structure_whitespace_formfeed': '[\x0c]',

	'i_string_UTF-16LE_with_BOM': raw('\xff\xfe[\x00"\x00\xe9\x00"\x00]\x00'),
	'i_string_UTF-8_invalid_sequence': concat('["\u65E5\u0448', 0xfa, '"]'),
	'i_string_UTF8_surrogate_U+D800': raw('["\xed\xa0\x80"]'),
	'i_string_invalid_utf-8': raw('["\xff"]'),
	'i_string_iso_latin_1': raw('["\xe9"]'),
	'i_string_lone_utf8_continuation_byte': raw('["\x81"]'),
	'i_string_not_in_unicode_range': raw('["\xf4\xbf\xbf\xbf"]'),
	'i_string_overlong_sequence_2_bytes': raw('["\xc0\xaf"]'),
	'i_string_overlong_sequence_6_bytes': raw('["\xfc\x83\xbf\xbf\xbf\xbf"]'),
	'i_string_overlong_sequence_6_bytes_null': raw('["\xfc\x80\x80\x80\x80\x80"]'),
	'i_string_truncated-utf-8': raw('["\xe0\xff"]'),
	'i_string_utf16BE_no_BOM': raw('\x00[\x00"\x00\xe9\x00"\x00]'),
	'i_string_utf16LE_no_BOM': raw('[\x00"\x00\xe9\x00"\x00]\x00'),
	'i_structure_UTF-8_BOM_empty_object': '\uFEFF{}',
};

function* suiteCases() {
	for (const [name, text] of Object.entries(SUITE_ACCEPT))
		yield [name, text, true];
	for (const [name, text] of Object.entries(SUITE_REFUSE))
		yield [name, text, false];
}

// ---------------------------------------------------------------- nesting

const CONTAINERS = {
	array: { open: '[', close: ']' },
	object: { open: '{"k":', close: '}' },
};

// What opens at each level: a scanner that keeps one bit a level must remember every pattern.
const NESTING_PATTERNS = {
	arrays: () => CONTAINERS.array,
	objects: () => CONTAINERS.object,
	alternating: (level) => level % 2 ? CONTAINERS.object : CONTAINERS.array,
	irregular: (level) => (level * level + (level >> 3)) % 7 < 3
		? CONTAINERS.object : CONTAINERS.array,
};

const INNERMOST = { empty_array: '[]', empty_object: '{}', array: '[1]', object: '{"k":1}' };

// The levels around which a stack held in bytes, words, or lines of them would spill over.
const STACK_EDGES = [1, 2, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512];

function nest(pattern, depth, core) {
	let before = '';
	let after = '';
	for (let level = 0; level < depth; level++) {
		const { open, close } = pattern(level);
		before += open;
		after = close + after;
	}
	return { before, after, text: before + core + after };
}

function* depthCases() {
	for (const [name, pattern] of Object.entries(NESTING_PATTERNS)) {
		for (const depth of [1, 2, 64, 510, 511, 512, 513, 514, 1024, 20000]) {
			yield [`depth_${name}_${depth}`, nest(pattern, depth, '1').text, depth <= MAX_DEPTH];
			yield [`depth_${name}_${depth}_unclosed`, nest(pattern, depth, '1').before, false];
		}
		for (const [coreName, core] of Object.entries(INNERMOST)) {
			const suffix = `${name}_around_${coreName}`;
			yield [`depth_512_${suffix}`, nest(pattern, MAX_DEPTH - 1, core).text, true];
			yield [`depth_513_${suffix}`, nest(pattern, MAX_DEPTH, core).text, false];
		}
	}
}

// Depth is what is open now, not how many containers there were.
function* siblingCases() {
	const deepest = nest(NESTING_PATTERNS.arrays, MAX_DEPTH - 1, '1').text;
	const tooDeep = nest(NESTING_PATTERNS.arrays, MAX_DEPTH, '1').text;
	const many = (text) => Array(1000).fill(text).join(',');
	yield ['depth_siblings_arrays', `[${many('[]')}]`, true];
	yield ['depth_siblings_objects', `[${many('{"k":{}}')}]`, true];
	yield ['depth_siblings_deepest_twice', `[${deepest},${deepest}]`, true];
	yield ['depth_siblings_too_deep_second', `[${deepest},${tooDeep}]`, false];
	yield ['depth_siblings_too_deep_after_many', `[${many('[]')},${tooDeep}]`, false];
	yield ['depth_brackets_in_string', `["${'['.repeat(2000)}{{{"]`, true];
}

function* closerCases() {
	for (const [name, pattern] of Object.entries(NESTING_PATTERNS)) {
		for (const depth of STACK_EDGES) {
			const { before, after, text } = nest(pattern, depth, '1');
			const other = (closer) => closer === ']' ? '}' : ']';
			const innermost = before + '1' + other(after[0]) + after.slice(1);
			const outermost = text.slice(0, -1) + other(text.at(-1));
			yield [`closer_${name}_${depth}_innermost_wrong`, innermost, false];
			yield [`closer_${name}_${depth}_outermost_wrong`, outermost, false];
			yield [`closer_${name}_${depth}_missing`, text.slice(0, -1), false];
			yield [`closer_${name}_${depth}_repeated`, text + text.at(-1), false];
			yield [`closer_${name}_${depth}_other_added`, text + other(text.at(-1)), false];
		}
	}
}

// After a container has closed, the one around it decides what a comma leads to.
function* continuationCases() {
	for (const [name, pattern] of Object.entries(NESTING_PATTERNS)) {
		for (const depth of STACK_EDGES) {
			const { before, after } = nest(pattern, depth, '1');
			const inArray = after[0] === ']';
			yield [`continuation_${name}_${depth}_element`, before + '1,2' + after, inArray];
			yield [`continuation_${name}_${depth}_member`, before + '1,"j":2' + after, !inArray];
		}
	}
}

// ---------------------------------------------------------------- every byte in every place

function* byteInStringCases() {
	for (const byte of everyByte) {
		const valid = byte >= 0x20 && byte < 0x80 && !isOneOf(byte, '"\\');
		yield [`byte_${hex(byte)}_in_string`, concat('["', byte, '"]'), valid];
		yield [`byte_${hex(byte)}_in_key`, concat('{"', byte, '":1}'), valid];
	}
}

function* byteInEscapeCases() {
	for (const byte of everyByte) {
		const isLetter = isOneOf(byte, SIMPLE_ESCAPES);
		yield [`byte_${hex(byte)}_as_escape`, concat('["\\', byte, '"]'), isLetter];
		yield [`byte_${hex(byte)}_as_escape_in_key`, concat('{"\\', byte, '":1}'), isLetter];
		for (let place = 0; place < 4; place++) {
			const text = concat('["\\u', '0'.repeat(place), byte, '0'.repeat(3 - place), '"]');
			yield [`byte_${hex(byte)}_as_hex_digit_${place}`, text, isOneOf(byte, HEX_DIGITS)];
		}
	}
}

// Every byte where only whitespace, or the rest of a number, may stand.
function* byteBetweenTokensCases() {
	const documents = { array: '[]', object: '{}', string: '"a"', true: 'true', null: 'null' };
	for (const byte of everyByte) {
		const isSpace = isOneOf(byte, WHITESPACE);
		const isDigit = isOneOf(byte, DIGITS);
		for (const [name, text] of Object.entries(documents)) {
			yield [`byte_${hex(byte)}_after_${name}`, concat(text, byte), isSpace];
			yield [`byte_${hex(byte)}_before_${name}`, concat(byte, text), isSpace];
		}
		yield [`byte_${hex(byte)}_alone`, Buffer.of(byte), isDigit];
		yield [`byte_${hex(byte)}_after_number`, concat('1', byte), isSpace || isDigit];
		yield [`byte_${hex(byte)}_after_zero`, concat('0', byte), isSpace];
		yield [`byte_${hex(byte)}_after_fraction`, concat('1.5', byte), isSpace || isDigit];
		yield [`byte_${hex(byte)}_after_exponent`, concat('1e5', byte), isSpace || isDigit];
		yield [`byte_${hex(byte)}_in_empty_array`, concat('[', byte, ']'), isSpace || isDigit];
		yield [`byte_${hex(byte)}_in_empty_object`, concat('{', byte, '}'), isSpace];
		yield [`byte_${hex(byte)}_before_comma`, concat('["a"', byte, ',2]'), isSpace];
		yield [`byte_${hex(byte)}_before_colon`, concat('{"a"', byte, ':2}'), isSpace];
	}
}

// ---------------------------------------------------------------- numbers and literals

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

function* numberCases() {
	const signs = ['', '-', '+', '--'];
	const integers = ['', '0', '7', '10', '00', '07', '98765432109876543210'];
	const fractions = ['', '.', '.0', '.25', '.-1', '.1.1'];
	const exponents = ['', 'e', 'E', 'e0', 'E9', 'e+05', 'E-10', 'e+', 'E-', 'e+-1', 'ee1', 'e1.5',
		'e1e1'];
	for (const sign of signs)
		for (const integer of integers)
			for (const fraction of fractions)
				for (const exponent of exponents)
					yield* numberInContexts(sign + integer + fraction + exponent);
}

function* numberInContexts(number) {
	// Nothing at all is no number, but between brackets it is an empty array.
	if (number === '')
		return;
	const name = `number_${number.replaceAll('E', 'capital_E')}`;
	const valid = NUMBER.test(number);
	yield [name, number, valid];
	yield [`${name}_in_array`, `[${number}]`, valid];
}

function* longNumberCases() {
	for (const length of [15, 16, 17, 31, 32, 33, 63, 64, 65, 400, 5000]) {
		const digits = '9'.repeat(length);
		yield [`number_digits_${length}`, digits, true];
		yield [`number_fraction_digits_${length}`, `[-0.${digits}]`, true];
		yield [`number_exponent_digits_${length}`, `[1e-${digits}]`, true];
		yield [`number_zeros_${length}`, `[${'0'.repeat(length)}]`, false];
		yield [`number_digits_${length}_then_dot`, `[${digits}.]`, false];
		yield [`number_digits_${length}_then_letter`, `[${digits}a]`, false];
	}
}

const LITERAL_PLACES = {
	alone: { before: '', after: '' },
	in_array: { before: '[', after: ']' },
	as_member: { before: '{"k":', after: '}' },
};

function* literalCases() {
	for (const literal of ['true', 'false', 'null']) {
		for (const [place, { before, after }] of Object.entries(LITERAL_PLACES)) {
			for (const [name, bytes] of brokenLiterals(literal))
				yield [`literal_${literal}_${name}_${place}`, concat(before, bytes, after), false];
			yield [`literal_${literal}_${place}`, before + literal + after, true];
		}
	}
	for (const word of ['NaN', 'Infinity', '-Infinity', 'undefined', 'None', 'nil', 'yes'])
		yield [`literal_foreign_${word}`, word, false];
}

function* brokenLiterals(literal) {
	for (let end = 1; end < literal.length; end++)
		yield [`cut_at_${end}`, literal.slice(0, end)];
	for (const suffix of ['e', '1', '_', '"', 'true', '\x00', '\u00E9', '.', '-'])
		yield [`then_${hexBytes(concat(suffix))}`, literal + suffix];
	for (let place = 0; place < literal.length; place++) {
		// Another letter, the other case, not ASCII.
		for (const bit of [0x01, 0x20, 0x80]) {
			const bytes = Buffer.from(literal);
			bytes[place] ^= bit;
			yield [`letter_${place}_xor_${hex(bit)}`, bytes];
		}
	}
}

// ---------------------------------------------------------------- grammar

const TOKENS = {
	open_array: '[', close_array: ']', open_object: '{', close_object: '}', colon: ':', comma: ',',
	string: '"s"', number: '1', true: 'true', null: 'null', end: '',
};

// The tokens that may come next, each with what completes the value it begins (null where the token
// itself completes the document).
const VALUE_NEXT = {
	open_array: ']', open_object: '}', string: '', number: '', true: '', null: '',
};
const ELEMENT_END_NEXT = { close_array: null, comma: '2' };
const MEMBER_END_NEXT = { close_object: null, comma: '"l":1' };

// Every state of the grammar: what leads there, what may come next, what then ends the document.
const GRAMMAR_STATES = {
	start: { before: '', next: VALUE_NEXT, after: '' },
	done: { before: '[]', next: { end: '' }, after: '' },
	array_opened: { before: '[', next: { ...VALUE_NEXT, close_array: null }, after: ']' },
	array_after_value: { before: '["v"', next: ELEMENT_END_NEXT, after: ']' },
	array_after_comma: { before: '["v",', next: VALUE_NEXT, after: ']' },
	array_after_array: { before: '[[]', next: ELEMENT_END_NEXT, after: ']' },
	array_after_object: { before: '[{}', next: ELEMENT_END_NEXT, after: ']' },
	object_opened: { before: '{', next: { string: ':1', close_object: null }, after: '}' },
	object_after_key: { before: '{"k"', next: { colon: '1' }, after: '}' },
	object_after_colon: { before: '{"k":', next: VALUE_NEXT, after: '}' },
	object_after_value: { before: '{"k":"v"', next: MEMBER_END_NEXT, after: '}' },
	object_after_comma: { before: '{"k":"v",', next: { string: ':1' }, after: '}' },
	object_after_array: { before: '{"k":[]', next: MEMBER_END_NEXT, after: '}' },
	object_after_object: { before: '{"k":{}', next: MEMBER_END_NEXT, after: '}' },
};

function* grammarCases() {
	for (const [stateName, state] of Object.entries(GRAMMAR_STATES)) {
		for (const [tokenName, token] of Object.entries(TOKENS)) {
			const name = `grammar_${stateName}_then_${tokenName}`;
			const completion = state.next[tokenName];
			if (completion === undefined)
				yield* refusedTokenCases(name, state, token);
			else if (completion === null)
				yield [name, state.before + token, true];
			else
				yield [name, state.before + token + completion + state.after, true];
		}
	}
}

// A token out of place is refused whatever comes after it.
function* refusedTokenCases(name, state, token) {
	const endings = token === '' ? [''] : ['', ']', '}', '1]', '1}', ':1}', ',1]', '"k":1}'];
	for (const [i, ending] of endings.entries())
		yield [`${name}_${i}`, state.before + token + ending, false];
}

// ---------------------------------------------------------------- whitespace

function* whitespaceCases() {
	const tokens = ['{', '"a"', ':', '[', '1', ',', 'true', ',', '{', '}', ']', ',', '"b"', ':',
		'-2.5e3', '}'];
	const spaces = ['\t', '\n', '\r', ' ', ' \t\r\n'.repeat(20)];
	const lookalikes = ['\x00', '\b', '\v', '\f', '\x1c', '\x85', '\u00A0', '\u1680', '\u2003',
		'\u2028', '\u3000', '\uFEFF', '\u200B', '/**/', '//\n', '#\n'];
	for (let place = 0; place <= tokens.length; place++) {
		const before = tokens.slice(0, place).join('');
		const after = tokens.slice(place).join('');
		for (const [i, space] of spaces.entries())
			yield [`whitespace_${i}_at_${place}`, before + space + after, true];
		for (const lookalike of lookalikes)
			yield [`whitespace_not_${hexBytes(concat(lookalike))}_at_${place}`,
				before + lookalike + after, false];
	}
	for (const length of [1, 15, 16, 17, 31, 32, 33, 64, 65])
		yield* whitespaceRunCases(length);
}

function* whitespaceRunCases(length) {
	const kinds = { spaces: ' ', tabs: '\t', newlines: '\n', returns: '\r' };
	for (const [name, space] of Object.entries(kinds)) {
		const run = space.repeat(length);
		yield [`whitespace_${length}_${name}_only`, run, false];
		const between = ['', '[', '1', ',', '2', ']', ''].join(run);
		yield [`whitespace_${length}_${name}_around`, between, true];
		yield [`whitespace_${length}_${name}_then_form_feed`, `[${run}\f]`, false];
		yield [`whitespace_${length}_${name}_in_string`, `["${run}"]`, space === ' '];
	}
}

// ---------------------------------------------------------------- strings and block edges

// A scanner that takes 8, 16 or 32 bytes at a time must find each of these wherever it stands in a
// block, and must not see what is outside the string.
const SPECIALS = {
	quote: { bytes: raw('"'), valid: false },
	escaped_quote: { bytes: raw('\\"'), valid: true },
	escaped_backslash: { bytes: raw('\\\\'), valid: true },
	escaped_hex: { bytes: raw('\\u00e9'), valid: true },
	unknown_escape: { bytes: raw('\\x'), valid: false },
	control_00: { bytes: raw('\x00'), valid: false },
	control_0a: { bytes: raw('\x0a'), valid: false },
	control_1f: { bytes: raw('\x1f'), valid: false },
	delete_7f: { bytes: raw('\x7f'), valid: true },
	two_bytes: { bytes: concat('\u00E9'), valid: true },
	three_bytes: { bytes: concat('\u20AC'), valid: true },
	four_bytes: { bytes: concat('\u{1F600}'), valid: true },
	continuation: { bytes: raw('\x80'), valid: false },
	never_utf8: { bytes: raw('\xff'), valid: false },
	cut_sequence: { bytes: raw('\xe2\x82'), valid: false },
};

const LAST_OFFSET = 40;
const BLOCK_LENGTHS = [...Array(50).keys(), 63, 64, 65, 66];

function* blockEdgeCases() {
	for (const [name, { bytes, valid }] of Object.entries(SPECIALS)) {
		for (let offset = 0; offset <= LAST_OFFSET; offset++) {
			for (const length of BLOCK_LENGTHS.filter((n) => n >= offset + bytes.length)) {
				const rest = 'a'.repeat(length - offset - bytes.length);
				const text = concat('"', 'a'.repeat(offset), bytes, rest, '"');
				yield [`block_${name}_at_${offset}_of_${length}`, text, valid];
			}
		}
	}
}

// What follows the closing quote in the same block is not part of the string.
function* stringEndCases() {
	for (const length of BLOCK_LENGTHS) {
		const string = `"${'a'.repeat(length)}"`;
		yield [`string_${length}`, string, true];
		yield [`string_${length}_unclosed`, string.slice(0, -1), false];
		yield [`string_${length}_ends_in_backslash`, string.slice(0, -1) + '\\', false];
		yield [`string_${length}_then_newline`, `[${string}\n,\t"b"]`, true];
		yield [`string_${length}_then_two_bytes`, `[${string},"\u00E9"]`, true];
		yield [`string_${length}_then_escape`, r`[${string},"\n"]`, true];
		yield [`string_${length}_then_backslash`, `[${string}\\,"b"]`, false];
		yield [`string_${length}_then_control`, `[${string}\x01,"b"]`, false];
		yield [`string_${length}_then_continuation`, concat('[', string, 0x80, ',"b"]'), false];
		yield [`string_${length}_as_key`, `{${string}:${string}}`, true];
	}
}

// A line end does not close a string, though a blank and what may follow a string come next.
function* brokenOffCases() {
	const places = {
		alone: ['"v', ''], in_array: ['["v', ']'], before_comma: ['["v', ',1]'],
		key: ['{"k', ':1}'], member: ['{"k":"v', '}'], member_before_comma: ['{"k":"v', ',"l":1}'],
	};
	for (const [place, [before, after]] of Object.entries(places)) {
		for (const blank of WHITESPACE) {
			const name = `string_broken_off_by_${hexBytes(concat(blank))}_${place}`;
			yield [name, before + blank + after, false];
			yield [`${name}_escaped`, before + '\\' + blank + after, false];
		}
	}
}

// Only an even number of backslashes leaves the quote after them a closing one.
function* backslashRunCases() {
	for (const offset of [0, 1, 2, 7, 8, 13, 14, 15, 16, 17, 29, 30, 31, 32, 33, 63])
		for (let count = 1; count <= 35; count++) {
			const text = `"${'a'.repeat(offset)}${'\\'.repeat(count)}"`;
			yield [`backslashes_${count}_at_${offset}`, text, count % 2 === 0];
			yield [`backslashes_${count}_at_${offset}_quote`, text + '"', count % 2 === 1];
		}
}

// A text that ends where a page ends: whoever reads a byte beyond it falls off a mapped file.
function* sizeCases() {
	for (const page of [64, 512, 4096, 8192, 65536]) {
		for (const size of [page - 1, page, page + 1]) {
			yield [`size_${size}_string`, `"${'a'.repeat(size - 2)}"`, true];
			yield [`size_${size}_string_unclosed`, `"${'a'.repeat(size - 1)}`, false];
			yield [`size_${size}_string_cut_in_escape`, `"${'a'.repeat(size - 2)}\\`, false];
			yield [`size_${size}_string_cut_in_hex`, `"${'a'.repeat(size - 4)}\\u0`, false];
			yield [`size_${size}_string_cut_in_utf8`,
				concat('"', 'a'.repeat(size - 2), 0xf0), false];
			yield [`size_${size}_number`, '1'.repeat(size), true];
			yield [`size_${size}_number_cut`, '1'.repeat(size - 1) + 'e', false];
			yield [`size_${size}_literal_cut`, ' '.repeat(size - 3) + 'tru', false];
			yield [`size_${size}_literal`, ' '.repeat(size - 4) + 'true', true];
			yield [`size_${size}_spaces`, ' '.repeat(size), false];
			yield [`size_${size}_array`, `[${' '.repeat(size - 2)}]`, true];
		}
	}
}

// ---------------------------------------------------------------- escapes

const ESCAPED_CODES = ['0000', '001f', '007F', '0080', '07ff', '0800', 'D7FF', 'd800', 'DBFF',
	'dc00', 'DFFF', 'e000', 'FEFF', 'fffe', 'FFFF'];
const BAD_ESCAPES = ['\\u', '\\u+041', '\\u-041', '\\u 041', '\\u0x41', '\\u{41}', '\\u004',
	'\\U0041', '\\0', '\\00', '\\x41', "\\'", '\\\n', '\\ ', '\\N', '\\B'];

function* escapeCases() {
	const escapes = [...SIMPLE_ESCAPES].map((letter) => '\\' + letter);
	escapes.push('\\u0041', '\\uD83D\\uDE00');
	for (const [i, escape] of escapes.entries()) {
		yield [`escape_${i}_whole`, `"${escape}"`, true];
		for (let end = 1; end <= escape.length; end++)
			yield [`escape_${i}_text_ends_at_${end}`, `"${escape.slice(0, end)}`, false];
		// A string that closes within the escape; the pair may close between its two halves.
		for (let end = 1; end < escape.length; end++)
			yield [`escape_${i}_string_ends_at_${end}`, `"${escape.slice(0, end)}"`, end === 6];
	}
	for (const code of ESCAPED_CODES)
		yield [`escape_code_${code}`, `"\\u${code}"`, true];
	for (const bad of BAD_ESCAPES)
		yield [`escape_bad_${hexBytes(concat(bad))}`, `"${bad}"`, false];
}

function* surrogateEscapeCases() {
	const pieces = {
		high: '\\uD834', low: '\\uDD1E', letter: '\\u0041', text: 'a', newline: '\\n',
	};
	for (const [first, a] of Object.entries(pieces))
		for (const [second, b] of Object.entries(pieces))
			for (const [third, c] of Object.entries(pieces)) {
				const text = `{"${a}${b}${c}":"${c}${b}${a}"}`;
				yield [`surrogate_${first}_${second}_${third}`, text, true];
			}
}

// ---------------------------------------------------------------- UTF-8

// Table 3-7 of the Unicode standard, one byte a character.
const UTF8_CHARACTERS = new RegExp('^(?:' + [
	'[\\x00-\\x7f]', '[\\xc2-\\xdf][\\x80-\\xbf]', '\\xe0[\\xa0-\\xbf][\\x80-\\xbf]',
	'[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}', '\\xed[\\x80-\\x9f][\\x80-\\xbf]',
	'\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}', '[\\xf1-\\xf3][\\x80-\\xbf]{3}',
	'\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}',
].join('|') + ')*$');

const SECOND_BYTES = [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0];
const LATER_BYTES = [0x7f, 0x80, 0xbf, 0xc0];

function* utf8Sequences() {
	for (let lead = 0xc0; lead <= 0xff; lead++) {
		for (const second of SECOND_BYTES) {
			yield [lead, second];
			for (const third of lead >= 0xe0 ? LATER_BYTES : []) {
				yield [lead, second, third];
				for (const fourth of lead >= 0xf0 && lead <= 0xf8 ? LATER_BYTES : [])
					yield [lead, second, third, fourth];
			}
		}
	}
}

function* utf8Cases() {
	for (const sequence of utf8Sequences()) {
		const name = `utf8_${hexBytes(sequence)}`;
		const valid = UTF8_CHARACTERS.test(Buffer.from(sequence).toString('latin1'));
		yield [name, concat('"', sequence, '"'), valid];
		// Behind 14 letters the sequence lies across the end of a block of 16.
		yield [`${name}_behind_14`, concat('"', 'a'.repeat(14), sequence, 'b"'), valid];
	}
}

// The first and last characters of each length, and those next to what is forbidden.
const EDGE_CHARACTERS = [0x80, 0x7ff, 0x800, 0xfff, 0x1000, 0xcfff, 0xd7ff, 0xe000, 0xfdd0, 0xfeff,
	0xfffd, 0xffff, 0x10000, 0x1f600, 0x3ffff, 0x40000, 0xfffff, 0x100000, 0x10ffff];

function* utf8EdgeCases() {
	for (const code of EDGE_CHARACTERS) {
		const character = Buffer.from(String.fromCodePoint(code));
		const name = `utf8_U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
		yield [`${name}_in_string`, concat('"', character, '"'), true];
		yield [`${name}_in_key`, concat('{"', character, '":1}'), true];
		yield [`${name}_twenty_times`, concat('"', ...Array(20).fill(character), '"'), true];
		yield [`${name}_outside_string`, concat('[', character, ']'), false];
		yield [`${name}_as_escape`, concat('"\\', character, '"'), false];
		yield [`${name}_continued`, concat('"', character, 0x80, '"'), false];
		for (let end = 1; end < character.length; end++) {
			const cut = character.subarray(0, end);
			yield [`${name}_cut_at_${end}`, concat('"', cut, '"'), false];
			yield [`${name}_cut_at_${end}_twice`, concat('"', cut, character, '"'), false];
			for (const offset of [0, 13, 14, 15, 29, 30, 31, 32])
				yield [`${name}_text_ends_at_${end}_behind_${offset}`,
					concat('"', 'a'.repeat(offset), cut), false];
		}
	}
}

const FORBIDDEN_SEQUENCES = {
	overlong_nul_2: [0xc0, 0x80], overlong_slash_2: [0xc0, 0xaf], overlong_7f_2: [0xc1, 0xbf],
	overlong_slash_3: [0xe0, 0x80, 0xaf], overlong_7ff_3: [0xe0, 0x9f, 0xbf],
	overlong_slash_4: [0xf0, 0x80, 0x80, 0xaf], overlong_ffff_4: [0xf0, 0x8f, 0xbf, 0xbf],
	overlong_quote_2: [0xc0, 0xa2], overlong_backslash_2: [0xc1, 0x9c],
	surrogate_first_high: [0xed, 0xa0, 0x80], surrogate_last_high: [0xed, 0xaf, 0xbf],
	surrogate_first_low: [0xed, 0xb0, 0x80], surrogate_last_low: [0xed, 0xbf, 0xbf],
	surrogate_pair: [0xed, 0xa0, 0xb4, 0xed, 0xb4, 0x9e],
	beyond_10ffff: [0xf4, 0x90, 0x80, 0x80], beyond_f5: [0xf5, 0x80, 0x80, 0x80],
	five_bytes: [0xf8, 0x88, 0x80, 0x80, 0x80], six_bytes: [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80],
	never_fe: [0xfe], never_ff: [0xff], continuations: [0x80, 0xbf, 0x80, 0xbf],
	swapped: [0x82, 0xe2, 0xac],
	byte_order_mark_utf16: [0xfe, 0xff],
};

function* forbiddenUtf8Cases() {
	for (const [name, sequence] of Object.entries(FORBIDDEN_SEQUENCES)) {
		for (const offset of [0, 1, 7, 12, 13, 14, 15, 16, 28, 29, 30, 31, 32, 33])
			yield [`utf8_${name}_behind_${offset}`,
				concat('"', 'a'.repeat(offset), sequence, '"'), false];
		yield [`utf8_${name}_among_others`, concat('"\u20AC\u00E9', sequence, '\u20AC"'), false];
		yield [`utf8_${name}_in_key`, concat('{"', sequence, '":1}'), false];
		yield [`utf8_${name}_after_document`, concat('[]', sequence), false];
		yield [`utf8_${name}_before_document`, concat(sequence, '[]'), false];
	}
}

function* encodingCases() {
	for (const [i, text] of ['{}', '[1]', '"a"', '1', '["\u00E9\u20AC"]'].entries()) {
		yield [`encoding_${i}_byte_order_mark`, '\uFEFF' + text, false];
		yield [`encoding_${i}_byte_order_mark_after_space`, ' \uFEFF' + text, false];
		yield [`encoding_${i}_byte_order_mark_at_end`, text + '\uFEFF', false];
		for (const [name, mark] of [['plain', ''], ['marked', '\uFEFF']]) {
			const littleEndian = Buffer.from(mark + text, 'utf16le');
			const bigEndian = Buffer.from(littleEndian).swap16();
			yield [`encoding_${i}_utf16le_${name}`, littleEndian, false];
			yield [`encoding_${i}_utf16be_${name}`, bigEndian, false];
		}
	}
	yield ['encoding_byte_order_mark_in_string', '["\uFEFF"]', true];
	yield ['encoding_byte_order_mark_in_key', '{"\uFEFFa":1}', true];
}

// ---------------------------------------------------------------- truncation

const WHOLE_DOCUMENTS = {
	everything: '{"a":[1,-0.5e+10,true,false,null,"x\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00"'
		+ '], "\u00E9\u20AC\u{1F600}" : { "": [ ] , "o":{} } }',
	array: '[[["a"],["b",[[]]]], {"c":{"d":[null]}}]',
	hook_event: '{"session_id":"0b1c","cwd":"/home/u","hook_event_name":"PreToolUse",'
		+ '"tool_name":"Bash","tool_input":{"command":"echo \\"hi\\"\\n","timeout":120000}}',
	string: '"a\\u0041\u00E9\\n\u{1F600}"',
};

function* truncationCases() {
	for (const [name, text] of Object.entries(WHOLE_DOCUMENTS)) {
		const bytes = Buffer.from(text);
		yield [`whole_${name}`, bytes, true];
		for (let end = 0; end < bytes.length; end++)
			yield [`whole_${name}_cut_at_${end}`, bytes.subarray(0, end), false];
		for (let start = 1; start < bytes.length; start++)
			yield [`whole_${name}_nul_at_${start}`, nulAt(bytes, start), false];
	}
}

function nulAt(bytes, place) {
	const copy = Buffer.from(bytes);
	copy[place] = 0;
	return copy;
}

// ---------------------------------------------------------------- all of them

const GROUPS = [
	suiteCases, depthCases, siblingCases, closerCases, continuationCases,
	byteInStringCases, byteInEscapeCases, byteBetweenTokensCases,
	numberCases, longNumberCases, literalCases, grammarCases, whitespaceCases,
	blockEdgeCases, stringEndCases, brokenOffCases, backslashRunCases, sizeCases,
	escapeCases, surrogateEscapeCases,
	utf8Cases, utf8EdgeCases, forbiddenUtf8Cases, encodingCases, truncationCases,
];

export function* allCases() {
	const seen = new Set();
	for (const group of GROUPS)
		for (const [name, content, valid] of group()) {
			// Lower case, since not every file system tells `A` from `a`.
			const key = name.toLowerCase();
			if (seen.has(key) || !/^[\w.+#-]+$/.test(name))
				throw new Error(`not a unique file name: ${name}`);
			seen.add(key);
			yield { name, bytes: Buffer.from(content), valid };
		}
}

// ---------------------------------------------------------------- node's opinion

// ignoreBOM keeps the mark in the text, where JSON.parse refuses it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function nodeAccepts(bytes) {
	try {
		const text = decoder.decode(bytes);
		JSON.parse(text);
		return depthOf(text) <= MAX_DEPTH;
	} catch {
		return false;
	}
}

// Of a valid text only: a string is skipped whole, what is left of brackets is structure.
function depthOf(text) {
	let depth = 0;
	let deepest = 0;
	for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{]|[\]}]/g)) {
		if (token === '[' || token === '{')
			deepest = Math.max(deepest, ++depth);
		else if (token === ']' || token === '}')
			depth--;
	}
	return deepest;
}

// ---------------------------------------------------------------- command line

function writeCases(directory) {
	mkdirSync(directory, { recursive: true });
	let expected = '';
	for (const { name, bytes, valid } of allCases()) {
		writeFileSync(joinPath(directory, `${name}.json`), bytes);
		expected += `${valid ? 0 : 1} ${name}.json\n`;
	}
	writeFileSync(joinPath(directory, 'expected.txt'), expected);
}

function verifyCases() {
	let count = 0;
	const wrong = [];
	for (const { name, bytes, valid } of allCases()) {
		count++;
		if (nodeAccepts(bytes) !== valid)
			wrong.push(name);
	}
	for (const name of wrong)
		console.log(`wrong expectation: ${name}`);
	console.log(`${count} cases, ${wrong.length} wrong expectations`);
	return wrong.length === 0;
}

function main([argument, ...rest]) {
	if (argument === undefined || rest.length > 0) {
		console.error('usage: node cases.mjs DIR | --verify');
		return 2;
	}
	if (argument === '--verify')
		return verifyCases() ? 0 : 1;
	writeCases(argument);
	return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
	process.exitCode = main(process.argv.slice(2));
