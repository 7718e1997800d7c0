/* One month of daily weather on standard input, its summary on standard output.
 *
 * Input: the header line and one row for each day of one month, in order, as in seattle-weather.csv.
 * Output: one line of JSON, in fixed formatting, so that every honest run gives the same bytes:
 *
 *   {"month":"2012-01","days":31,"mean_c":4.65,"ci95_c":[3.78,5.46],"max_c":12.8,"min_c":-3.3,...}
 *
 * Everything is computed in integers (tenths of a degree, tenths of a millimetre): the results can't
 * depend on a compiler's handling of floating point. The program needs nothing but read, write and
 * exit, so `cc climate.c && ./a.out < inputs/2012-01.csv` runs it natively too.
 *
 * Exit codes: 0 done, 1 standard input or output failed, 2 malformed input (standard error says where).
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_INPUT = 4096,    /* bytes; a month of 31 rows has about 1,250 */
    MAX_OUTPUT = 256,    /* bytes; the longest possible line has about 150 */
    MAX_DAYS = 31,
    MAX_WORD = 16,       /* letters in the column `weather` */
    RESAMPLES = 2000,    /* of the bootstrap */
    TAIL = 50,           /* 2.5% of them: the interval runs from the 50th lowest to the 50th highest */
    WET_TENTHS = 10,     /* a wet day has at least 1.0 mm (the definition of ETCCDI, WMO's expert team) */
};

/* Plausible bounds, in tenths: above any world record, so only damaged rows break them. */
enum {
    COLDEST = -1000, HOTTEST = 700, WETTEST = 20000, WINDIEST = 1500,
};

static const char HEADER[] = "date,precipitation,temp_max,temp_min,wind,weather\n";

struct month {
    int32_t year, month, days;
    int32_t pair[MAX_DAYS];    /* max + min of each day: twice its mean, in tenths of a degree */
    int32_t high, low;         /* extremes, in tenths of a degree */
    int32_t wet_days, precipitation;
};

struct text {
    char bytes[MAX_OUTPUT];
    size_t length;
};

/* Output: bounded text */

static void put_char(struct text *text, char c)
{
    if (text->length < sizeof text->bytes) text->bytes[text->length++] = c;
}

static void put(struct text *text, const char *words)
{
    while (*words) put_char(text, *words++);
}

static void put_digits(struct text *text, uint32_t number, int at_least)
{
    char digits[10];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 || count < at_least);
    while (count > 0) put_char(text, digits[--count]);
}

/* A number of tenths (scale 10) or hundredths (scale 100) as a decimal fraction. */
static void put_fraction(struct text *text, int32_t number, uint32_t scale)
{
    uint32_t size = number < 0 ? -(uint32_t)number : (uint32_t)number;
    if (number < 0) put_char(text, '-');
    put_digits(text, size / scale, 1);
    put_char(text, '.');
    put_digits(text, size % scale, scale == 10 ? 1 : 2);
}

static bool send(int file, const struct text *text)
{
    size_t done = 0;
    while (done < text->length) {
        ssize_t count = write(file, text->bytes + done, text->length - done);
        if (count <= 0) return false;
        done += (size_t)count;
    }
    return true;
}

static _Noreturn void refuse(const char *problem, int32_t line)
{
    struct text text = {.length = 0};
    put(&text, "climate: line ");
    put_digits(&text, (uint32_t)line, 1);
    put(&text, ": ");
    put(&text, problem);
    put(&text, "\n");
    send(STDERR_FILENO, &text);
    _exit(2);
}

/* Input: a cursor that never passes the end */

struct cursor {
    const char *at, *end;
    int32_t line;
};

static bool next_is(struct cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c) return false;
    cursor->at++;
    return true;
}

static void expect(struct cursor *cursor, char c, const char *problem)
{
    if (!next_is(cursor, c)) refuse(problem, cursor->line);
}

/* Between `fewest` and `most` decimal digits; `most` is at most 4, so the number fits. */
static int32_t digits(struct cursor *cursor, int fewest, int most, const char *problem)
{
    int32_t number = 0;
    int count = 0;
    while (count < most && cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9') {
        number = number * 10 + (*cursor->at++ - '0');
        count++;
    }
    if (count < fewest) refuse(problem, cursor->line);
    return number;
}

/* A decimal fraction with at most one digit behind the point, and the comma after it, in tenths. */
static int32_t tenths(struct cursor *cursor, int32_t lowest, int32_t highest, const char *problem)
{
    bool negative = next_is(cursor, '-');
    int32_t number = digits(cursor, 1, 4, problem) * 10;
    if (next_is(cursor, '.')) number += digits(cursor, 1, 1, problem);
    if (negative) number = -number;
    if (number < lowest || number > highest) refuse(problem, cursor->line);
    expect(cursor, ',', problem);
    return number;
}

static int32_t days_in(int32_t year, int32_t month)
{
    if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* Reads the date and returns its day; the first row fixes the month. */
static int32_t read_date(struct cursor *cursor, struct month *out)
{
    static const char problem[] = "the date is not of the form 2012/01/31";
    int32_t year = digits(cursor, 4, 4, problem);
    expect(cursor, '/', problem);
    int32_t month = digits(cursor, 2, 2, problem);
    expect(cursor, '/', problem);
    int32_t day = digits(cursor, 2, 2, problem);
    expect(cursor, ',', problem);
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        refuse("there is no such day", cursor->line);
    if (out->days == 0) {
        out->year = year;
        out->month = month;
    }
    if (year != out->year || month != out->month)
        refuse("the rows are not all of one month", cursor->line);
    return day;
}

static void read_word(struct cursor *cursor)
{
    int count = 0;
    while (cursor->at < cursor->end && *cursor->at >= 'a' && *cursor->at <= 'z') {
        cursor->at++;
        count++;
    }
    if (count < 1 || count > MAX_WORD) refuse("the weather is not one short word", cursor->line);
    if (cursor->at < cursor->end) expect(cursor, '\n', "the row does not end after the weather");
}

/* Dates rise from row to row, so there are never more than MAX_DAYS rows. */
static void read_rows(struct cursor *cursor, struct month *out)
{
    int32_t last_day = 0;
    for (; cursor->at < cursor->end; cursor->line++) {
        int32_t day = read_date(cursor, out);
        if (day <= last_day) refuse("the days are not in order", cursor->line);
        last_day = day;
        int32_t precipitation = tenths(cursor, 0, WETTEST, "the precipitation is not a plausible number");
        int32_t high = tenths(cursor, COLDEST, HOTTEST, "temp_max is not a plausible number");
        int32_t low = tenths(cursor, COLDEST, HOTTEST, "temp_min is not a plausible number");
        tenths(cursor, 0, WINDIEST, "the wind is not a plausible number");
        read_word(cursor);
        if (low > high) refuse("temp_min is above temp_max", cursor->line);
        if (out->days == 0 || high > out->high) out->high = high;
        if (out->days == 0 || low < out->low) out->low = low;
        out->wet_days += precipitation >= WET_TENTHS;
        out->precipitation += precipitation;
        out->pair[out->days++] = high + low;
    }
    if (out->days == 0) refuse("there is no row after the header", cursor->line);
}

static struct month read_month(const char *bytes, size_t length)
{
    struct month out = {.days = 0};
    size_t header = sizeof HEADER - 1;
    if (length < header || memcmp(bytes, HEADER, header) != 0)
        refuse("the header is not date,precipitation,temp_max,temp_min,wind,weather", 1);
    struct cursor cursor = {bytes + header, bytes + length, 2};
    read_rows(&cursor, &out);
    return out;
}

/* Statistics */

/* SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A number below `count`: the bias is less than count / 2^32. */
static uint32_t draw(uint64_t *state, uint32_t count)
{
    return (uint32_t)((next_random(state) >> 32) * count >> 32);
}

static int ascending(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

/* The mean in hundredths of a degree of days whose max + min, in tenths, add up to `sum`;
 * halves are rounded away from zero. */
static int32_t mean_hundredths(int32_t sum, int32_t days)
{
    int32_t size = sum < 0 ? -sum : sum;
    int32_t rounded = (10 * size + days) / (2 * days);
    return sum < 0 ? -rounded : rounded;
}

/* Percentile bootstrap of the mean: the sums of RESAMPLES samples, drawn with replacement, sorted. */
static void bootstrap(const struct month *month, int32_t sums[RESAMPLES])
{
    uint64_t state = (uint64_t)(month->year * 100 + month->month);
    for (int32_t sample = 0; sample < RESAMPLES; sample++) {
        int32_t sum = 0;
        for (int32_t day = 0; day < month->days; day++)
            sum += month->pair[draw(&state, (uint32_t)month->days)];
        sums[sample] = sum;
    }
    qsort(sums, RESAMPLES, sizeof *sums, ascending);
}

static void describe(const struct month *month, struct text *text)
{
    static int32_t sums[RESAMPLES];
    bootstrap(month, sums);
    int32_t total = 0;
    for (int32_t day = 0; day < month->days; day++) total += month->pair[day];

    put(text, "{\"month\":\"");
    put_digits(text, (uint32_t)month->year, 4);
    put_char(text, '-');
    put_digits(text, (uint32_t)month->month, 2);
    put(text, "\",\"days\":");
    put_digits(text, (uint32_t)month->days, 1);
    put(text, ",\"mean_c\":");
    put_fraction(text, mean_hundredths(total, month->days), 100);
    put(text, ",\"ci95_c\":[");
    put_fraction(text, mean_hundredths(sums[TAIL - 1], month->days), 100);
    put_char(text, ',');
    put_fraction(text, mean_hundredths(sums[RESAMPLES - TAIL], month->days), 100);
    put(text, "],\"max_c\":");
    put_fraction(text, month->high, 10);
    put(text, ",\"min_c\":");
    put_fraction(text, month->low, 10);
    put(text, ",\"wet_days\":");
    put_digits(text, (uint32_t)month->wet_days, 1);
    put(text, ",\"precipitation_mm\":");
    put_fraction(text, month->precipitation, 10);
    put(text, "}\n");
}

int main(void)
{
    static char input[MAX_INPUT + 1];
    size_t length = 0;
    ssize_t count;
    while ((count = read(STDIN_FILENO, input + length, sizeof input - length)) > 0)
        length += (size_t)count;
    if (count < 0) return 1;
    if (length > MAX_INPUT) refuse("the input has more than 4096 bytes", 1);

    struct month month = read_month(input, length);
    struct text text = {.length = 0};
    describe(&month, &text);
    return send(STDOUT_FILENO, &text) ? 0 : 1;
}
