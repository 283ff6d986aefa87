/* See sha256.h. Names as in FIPS 180-4, section 6.2. */
#include "base/sha256.h"

enum { BLOCK = 64, LENGTH_BYTES = 8 };

static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotr(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

/* Round t. The eight variables stay where they are; their names a to h move on by one a round. */
static void round_of(uint32_t v[8], size_t t, uint32_t input)
{
	uint32_t a = v[-t & 7], b = v[(1 - t) & 7], c = v[(2 - t) & 7], e = v[(4 - t) & 7];
	uint32_t f = v[(5 - t) & 7], g = v[(6 - t) & 7];
	uint32_t s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
	uint32_t s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
	uint32_t t1 = v[(7 - t) & 7] + s1 + ((e & f) ^ (~e & g)) + input;

	v[(3 - t) & 7] += t1;
	v[(7 - t) & 7] = t1 + s0 + ((a & b) ^ (a & c) ^ (b & c));
}

static void block_in(uint32_t h[8], const uint8_t *p)
{
	uint32_t w[64], v[8];

	for (size_t t = 0; t < 16; t++)
		w[t] = (uint32_t)p[4 * t] << 24 | (uint32_t)p[4 * t + 1] << 16 |
		       (uint32_t)p[4 * t + 2] << 8 | p[4 * t + 3];
	for (size_t t = 16; t < 64; t++) {
		uint32_t s0 = rotr(w[t - 15], 7) ^ rotr(w[t - 15], 18) ^ w[t - 15] >> 3;
		uint32_t s1 = rotr(w[t - 2], 17) ^ rotr(w[t - 2], 19) ^ w[t - 2] >> 10;

		w[t] = w[t - 16] + s0 + w[t - 7] + s1;
	}
	memcpy(v, h, sizeof(v));
	for (size_t t = 0; t < 64; t++)
		round_of(v, t, K[t] + w[t]);
	for (size_t i = 0; i < 8; i++)
		h[i] += v[i];
}

void sha256(struct slice text, uint8_t digest[SHA256_BYTES])
{
	uint32_t h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
			  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	uint8_t last[2 * BLOCK] = { 0 };
	uint64_t bits = (uint64_t)text.n * 8;
	size_t blocks;

	for (; text.n >= BLOCK; text = slice_from(text, BLOCK))
		block_in(h, (const uint8_t *)text.p);
	if (text.n)
		memcpy(last, text.p, text.n);
	last[text.n] = 0x80;
	blocks = text.n + 1 + LENGTH_BYTES > BLOCK ? 2 : 1;
	for (size_t i = 0; i < LENGTH_BYTES; i++)
		last[blocks * BLOCK - 1 - i] = (uint8_t)(bits >> 8 * i);
	for (size_t i = 0; i < blocks; i++)
		block_in(h, last + i * BLOCK);
	for (size_t i = 0; i < SHA256_BYTES; i++)
		digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}
