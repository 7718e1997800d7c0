"""Stakes in a tree of sums: what weighs when, and whose interval a number falls into."""

import random

import pytest

MAX96 = 2**96 - 1


@pytest.fixture
def tree(SumTreeHarness, accounts):
    return accounts[0].deploy(SumTreeHarness)


class Weights:
    """The same in two lists: what each leaf weighs in this epoch, and from the next on."""

    def __init__(self):
        self.active, self.next, self.epoch = [], [], 0

    def grow(self, leaves):
        self.active += [0] * leaves
        self.next += [0] * leaves

    def move(self, epoch):
        if epoch > self.epoch:
            self.active, self.epoch = list(self.next), epoch

    def change(self, leaf, amount):
        self.next[leaf] += amount

    def find(self, ticket):
        for leaf, weight in enumerate(self.active):
            if ticket < weight:
                return leaf
            ticket -= weight
        raise AssertionError(f"{ticket} lies beyond all weights")

    @property
    def edges(self):
        """First and last number of each interval, and one in its middle."""
        below = 0
        for weight in self.active:
            if weight:
                yield from {below, below + weight // 2, below + weight - 1}
            below += weight


def same(tree, weights):
    """Everything that the tree says in the epoch is what the lists say."""
    epoch = weights.epoch
    active, following = tree.weights(epoch)
    assert (list(active), list(following)) == (weights.active, weights.next)
    assert tree.total(epoch) == sum(weights.active)
    tickets = sorted(weights.edges)
    found = [int(leaf) for leaf in tree.find(tickets, epoch)]
    assert found == [weights.find(ticket) for ticket in tickets]
    # Whoever asks a day later sees what comes then, without anybody's transaction.
    assert tree.total(epoch + 1) == sum(weights.next)
    assert list(tree.weights(epoch + 1)[0]) == weights.next


def test_levels_are_the_bits_of_the_last_position(tree):
    sizes = [0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 2**23, 2**23 + 1, 2**24 - 1]
    expected = [max(0, size - 1).bit_length() for size in sizes]
    assert [tree.levels(size) for size in sizes] == expected


def test_an_empty_tree_weighs_nothing(tree):
    assert (tree.size(), tree.total(0), tree.total(20_000)) == (0, 0, 0)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 9, 17])
def test_each_leaf_has_its_interval_in_the_order_of_places(tree, size):
    weights = Weights()
    for at in (tree, weights):
        at.grow(size)
    stakes = [3 * leaf + 1 for leaf in range(size)]
    tree.change(list(range(size)), stakes, 5)
    for leaf, stake in enumerate(stakes):
        weights.change(leaf, stake)
    weights.epoch = 5
    same(tree, weights)
    assert tree.total(5) == 0
    weights.move(6)
    same(tree, weights)
    every = range(sum(stakes))
    expected = [leaf for leaf, stake in enumerate(stakes) for _ in range(stake)]
    assert [int(leaf) for leaf in tree.find(list(every), 6)] == expected


def test_a_tree_grows_within_an_epoch_and_keeps_what_is_active(tree):
    """At each power of two it gets a new root, with the old one's weights of both epochs."""
    weights = Weights()
    weights.epoch = 9
    for size in range(1, 18):
        tree.grow(1)
        weights.grow(1)
        tree.change([size - 1, 0], [size, 1], weights.epoch)
        weights.change(size - 1, size)
        weights.change(0, 1)
        same(tree, weights)
        if size % 3 == 0:
            weights.move(weights.epoch + size % 2 + 1)
            same(tree, weights)


def test_leaves_without_weight_are_never_found(tree):
    weights = Weights()
    for at in (tree, weights):
        at.grow(9)
    stakes = [0, 5, 0, 0, 7, 0, 0, 0, 1]
    tree.change(list(range(9)), stakes, 1)
    for leaf, stake in enumerate(stakes):
        weights.change(leaf, stake)
    weights.move(2)
    assert [int(leaf) for leaf in tree.find(list(range(13)), 2)] == [1] * 5 + [4] * 7 + [8]


def test_who_leaves_is_found_until_the_epoch_ends(tree):
    tree.grow(2)
    tree.change([0, 1], [10, 20], 1)
    tree.change([0], [-10], 2)
    assert tree.total(2) == 30
    assert [int(leaf) for leaf in tree.find([9, 10], 2)] == [0, 1]
    assert tree.total(3) == 20
    assert [int(leaf) for leaf in tree.find([0, 19], 3)] == [1, 1]


def test_all_tokens_there_are_fit(tree):
    """In each of both halves of a node, without touching the other or the epoch."""
    tree.grow(3)
    last = 2**32 - 1
    tree.change([0, 2], [MAX96 - 1, 1], last - 1)
    tree.change([0, 2, 1], [1 - MAX96, -1, MAX96], last)
    assert (tree.total(last), tree.total(last + 1)) == (MAX96, MAX96)
    assert list(tree.weights(last)[0]) == [MAX96 - 1, 0, 1]
    assert list(tree.weights(last)[1]) == [0, MAX96, 0]
    assert [int(leaf) for leaf in tree.find([0, MAX96 - 2, MAX96 - 1], last)] == [0, 0, 2]
    tree.change([1], [-MAX96], last)
    assert (tree.total(last), tree.total(last + 1)) == (MAX96, 0)


@pytest.mark.parametrize("seed", range(4))
def test_any_history_weighs_as_lists_would(tree, seed):
    chance = random.Random(seed)
    weights = Weights()
    for _ in range(20):
        if not weights.next or chance.random() < 0.3:
            grown = chance.choice([1, 1, 2, 5])
            tree.grow(grown)
            weights.grow(grown)
        leaves, amounts = [], []
        for _ in range(chance.randrange(1, 5)):
            leaf = chance.randrange(len(weights.next))
            least = -weights.next[leaf]
            amount = chance.choice(
                [least, chance.randrange(least, 10**6), chance.randrange(10**24)]
            )
            weights.change(leaf, amount)
            leaves.append(leaf)
            amounts.append(amount)
        tree.change(leaves, amounts, weights.epoch)
        same(tree, weights)
        if chance.random() < 0.4:
            weights.move(weights.epoch + chance.choice([1, 1, 2, 100]))
            same(tree, weights)
