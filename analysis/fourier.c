/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fourier transforms; documented in fourier_internal.h.
 *
 * Stockham's form, which needs no reordering: a pass of radix r combines r places that are n/r
 * apart and leaves them side by side; what is left are r times as many transforms of 1/r the
 * length.  See Van Loan, Computational Frameworks for the Fast Fourier Transform (SIAM 1992),
 * ch. 1.7.
 */
#include "fourier_internal.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/units.h"
#include "base/widths.h"

size_t mutau_fourier_length(size_t n)
{
    for (size_t length = 4 * (n / 4 + (n % 4 != 0));; length += 4) {
        size_t left = length;
        while (left > 0 && left % 2 == 0)
            left /= 2;
        while (left > 0 && left % 3 == 0)
            left /= 3;
        while (left > 0 && left % 5 == 0)
            left /= 5;
        if (left == 1)
            return length;
    }
}

void mutau_fourier_plan(mutau_fourier *f, size_t n)
{
    const size_t quarter = n / 4;
    double *const root = f->root;
    f->n = n;
    for (size_t k = 0; k < quarter; k++) {
        const double angle = 2.0 * MUTAU_PI * (double)k / (double)n;
        const double c = cos(angle), s = sin(angle);
        const double all[4][2] = {{c, -s}, {-s, -c}, {-c, s}, {s, c}}; /* a quarter turn each */
        for (size_t turn = 0; turn < 4; turn++) {
            root[2 * (k + turn * quarter)] = all[turn][0];
            root[2 * (k + turn * quarter) + 1] = all[turn][1];
        }
    }
}

mutau_status mutau_fourier_init(mutau_fourier *f, size_t most, mutau_error *err)
{
    f->root = mutau_calloc(2 * most, sizeof *f->root);
    if (f->root == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a transform of %zu numbers", most);
    return MUTAU_OK;
}

void mutau_fourier_clear(mutau_fourier *f)
{
    free(f->root);
    *f = (mutau_fourier){0};
}

/* ---- the passes: places of x are `apart`, those of y `stride` from each other; w are the roots
 * by which all but the first result are multiplied ---- */

static inline void radix_2(const fourier_point *restrict x, size_t apart, fourier_point *restrict y,
                           size_t stride, const double *const w[])
{
    const fourier_point *const b = x + apart;
    fourier_point *const y1 = y + stride;
    const double c = w[1][0], s = w[1][1];
    for (size_t l = 0; l < FOURIER_LANES; l++) {
        const double re = x->re[l] - b->re[l], im = x->im[l] - b->im[l];
        y->re[l] = x->re[l] + b->re[l];
        y->im[l] = x->im[l] + b->im[l];
        y1->re[l] = c * re - s * im;
        y1->im[l] = c * im + s * re;
    }
}

static inline void radix_3(const fourier_point *restrict x, size_t apart, fourier_point *restrict y,
                           size_t stride, const double *const w[])
{
    static const double half_root_3 = 0.86602540378443864676;
    const fourier_point *const b = x + apart, *const c = b + apart;
    fourier_point *const y1 = y + stride, *const y2 = y1 + stride;
    for (size_t l = 0; l < FOURIER_LANES; l++) {
        const double sum_re = b->re[l] + c->re[l], sum_im = b->im[l] + c->im[l];
        const double turn_re = half_root_3 * (b->im[l] - c->im[l]);
        const double turn_im = half_root_3 * (c->re[l] - b->re[l]);
        const double mid_re = x->re[l] - 0.5 * sum_re, mid_im = x->im[l] - 0.5 * sum_im;
        const double re1 = mid_re + turn_re, im1 = mid_im + turn_im;
        const double re2 = mid_re - turn_re, im2 = mid_im - turn_im;
        y->re[l] = x->re[l] + sum_re;
        y->im[l] = x->im[l] + sum_im;
        y1->re[l] = w[1][0] * re1 - w[1][1] * im1;
        y1->im[l] = w[1][0] * im1 + w[1][1] * re1;
        y2->re[l] = w[2][0] * re2 - w[2][1] * im2;
        y2->im[l] = w[2][0] * im2 + w[2][1] * re2;
    }
}

static inline void radix_4(const fourier_point *restrict x, size_t apart, fourier_point *restrict y,
                           size_t stride, const double *const w[])
{
    const fourier_point *const b = x + apart, *const c = b + apart, *const d = c + apart;
    fourier_point *const y1 = y + stride, *const y2 = y1 + stride, *const y3 = y2 + stride;
    for (size_t l = 0; l < FOURIER_LANES; l++) {
        const double even_re = x->re[l] + c->re[l], even_im = x->im[l] + c->im[l];
        const double odd_re = b->re[l] + d->re[l], odd_im = b->im[l] + d->im[l];
        const double apart_re = x->re[l] - c->re[l], apart_im = x->im[l] - c->im[l];
        const double turn_re = b->im[l] - d->im[l], turn_im = d->re[l] - b->re[l];
        const double re1 = apart_re + turn_re, im1 = apart_im + turn_im;
        const double re2 = even_re - odd_re, im2 = even_im - odd_im;
        const double re3 = apart_re - turn_re, im3 = apart_im - turn_im;
        y->re[l] = even_re + odd_re;
        y->im[l] = even_im + odd_im;
        y1->re[l] = w[1][0] * re1 - w[1][1] * im1;
        y1->im[l] = w[1][0] * im1 + w[1][1] * re1;
        y2->re[l] = w[2][0] * re2 - w[2][1] * im2;
        y2->im[l] = w[2][0] * im2 + w[2][1] * re2;
        y3->re[l] = w[3][0] * re3 - w[3][1] * im3;
        y3->im[l] = w[3][0] * im3 + w[3][1] * re3;
    }
}

/* The last two places are 0. */
static inline void radix_4_of_half(const fourier_point *restrict x, size_t apart,
                                   fourier_point *restrict y, size_t stride,
                                   const double *const w[])
{
    const fourier_point *const b = x + apart;
    fourier_point *const y1 = y + stride, *const y2 = y1 + stride, *const y3 = y2 + stride;
    for (size_t l = 0; l < FOURIER_LANES; l++) {
        const double re1 = x->re[l] + b->im[l], im1 = x->im[l] - b->re[l];
        const double re2 = x->re[l] - b->re[l], im2 = x->im[l] - b->im[l];
        const double re3 = x->re[l] - b->im[l], im3 = x->im[l] + b->re[l];
        y->re[l] = x->re[l] + b->re[l];
        y->im[l] = x->im[l] + b->im[l];
        y1->re[l] = w[1][0] * re1 - w[1][1] * im1;
        y1->im[l] = w[1][0] * im1 + w[1][1] * re1;
        y2->re[l] = w[2][0] * re2 - w[2][1] * im2;
        y2->im[l] = w[2][0] * im2 + w[2][1] * re2;
        y3->re[l] = w[3][0] * re3 - w[3][1] * im3;
        y3->im[l] = w[3][0] * im3 + w[3][1] * re3;
    }
}

static inline void radix_5(const fourier_point *restrict x, size_t apart, fourier_point *restrict y,
                           size_t stride, const double *const w[])
{
    static const double cos_1 = 0.30901699437494742410, cos_2 = -0.80901699437494742410,
                        sin_1 = 0.95105651629515357212, sin_2 = 0.58778525229247312917;
    for (size_t l = 0; l < FOURIER_LANES; l++) {
        const double x_re = x->re[l], x_im = x->im[l];
        const double b_re = x[apart].re[l] + x[4 * apart].re[l];
        const double b_im = x[apart].im[l] + x[4 * apart].im[l];
        const double e_re = x[apart].re[l] - x[4 * apart].re[l];
        const double e_im = x[apart].im[l] - x[4 * apart].im[l];
        const double c_re = x[2 * apart].re[l] + x[3 * apart].re[l];
        const double c_im = x[2 * apart].im[l] + x[3 * apart].im[l];
        const double d_re = x[2 * apart].re[l] - x[3 * apart].re[l];
        const double d_im = x[2 * apart].im[l] - x[3 * apart].im[l];
        const double m1_re = x_re + cos_1 * b_re + cos_2 * c_re;
        const double m1_im = x_im + cos_1 * b_im + cos_2 * c_im;
        const double m2_re = x_re + cos_2 * b_re + cos_1 * c_re;
        const double m2_im = x_im + cos_2 * b_im + cos_1 * c_im;
        const double t1_re = sin_1 * e_im + sin_2 * d_im, t1_im = sin_1 * e_re + sin_2 * d_re;
        const double t2_re = sin_2 * e_im - sin_1 * d_im, t2_im = sin_2 * e_re - sin_1 * d_re;
        const double re1 = m1_re + t1_re, im1 = m1_im - t1_im;
        const double re2 = m2_re + t2_re, im2 = m2_im - t2_im;
        const double re3 = m2_re - t2_re, im3 = m2_im + t2_im;
        const double re4 = m1_re - t1_re, im4 = m1_im + t1_im;
        y->re[l] = x_re + b_re + c_re;
        y->im[l] = x_im + b_im + c_im;
        y[stride].re[l] = w[1][0] * re1 - w[1][1] * im1;
        y[stride].im[l] = w[1][0] * im1 + w[1][1] * re1;
        y[2 * stride].re[l] = w[2][0] * re2 - w[2][1] * im2;
        y[2 * stride].im[l] = w[2][0] * im2 + w[2][1] * re2;
        y[3 * stride].re[l] = w[3][0] * re3 - w[3][1] * im3;
        y[3 * stride].im[l] = w[3][0] * im3 + w[3][1] * re3;
        y[4 * stride].re[l] = w[4][0] * re4 - w[4][1] * im4;
        y[4 * stride].im[l] = w[4][0] * im4 + w[4][1] * re4;
    }
}

/* The first pass of four. */
static inline void pass_of_half(const mutau_fourier *f, const fourier_point *restrict x,
                                fourier_point *restrict y)
{
    const size_t apart = f->n / 4;
    for (size_t p = 0; p < apart; p++) {
        const double *const w[4] = {f->root, f->root + 2 * p, f->root + 4 * p, f->root + 6 * p};
        radix_4_of_half(x + p, apart, y + 4 * p, 1, w);
    }
}

/* One pass over `stride` transforms of length n/stride that lie interleaved. */
static inline void pass(const mutau_fourier *f, size_t radix, size_t stride,
                        const fourier_point *restrict x, fourier_point *restrict y)
{
    const size_t apart = f->n / radix, m = apart / stride;
    for (size_t p = 0; p < m; p++) {
        const double *w[5];
        for (size_t r = 0; r < 5; r++)
            w[r] = f->root + 2 * (r < radix ? r * p * stride : 0);
        for (size_t q = 0; q < stride; q++) {
            const fourier_point *const from = x + q + stride * p;
            fourier_point *const to = y + q + stride * radix * p;
            if (radix == 4)
                radix_4(from, apart, to, stride, w);
            else if (radix == 5)
                radix_5(from, apart, to, stride, w);
            else if (radix == 3)
                radix_3(from, apart, to, stride, w);
            else
                radix_2(from, apart, to, stride, w);
        }
    }
}

MUTAU_WIDTHS
static fourier_point *transform(const mutau_fourier *f, size_t n_filled, fourier_point z[],
                                fourier_point spare[])
{
    fourier_point *x = z, *y = spare;
    for (size_t stride = 1; stride < f->n;) {
        const size_t left = f->n / stride;
        size_t radix = 5;
        if (stride == 1 && n_filled <= f->n / 2) {
            pass_of_half(f, x, y);
            radix = 4;
        } else if (left % 4 == 0) {
            pass(f, radix = 4, stride, x, y);
        } else if (left % 2 == 0) {
            pass(f, radix = 2, stride, x, y);
        } else if (left % 3 == 0) {
            pass(f, radix = 3, stride, x, y);
        } else {
            pass(f, radix, stride, x, y);
        }
        fourier_point *const result = y;
        y = x;
        x = result;
        stride *= radix;
    }
    return x;
}

fourier_point *mutau_fourier_transform(const mutau_fourier *f, size_t n_filled, fourier_point z[],
                                       fourier_point spare[])
{
    return transform(f, n_filled, z, spare);
}
