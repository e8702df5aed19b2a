/// A canonical Huffman code for counted symbols, with words of limited length, as deflate has them (RFC 1951, 3.2.2).
final class HuffmanCode {
    /// Above five bits that say how many they are, the bits of a code word in the order in which they are written.
    struct Word {
        private let packed: UInt32
        @inline(__always) var bits: UInt32 { packed >> 5 }
        @inline(__always) var count: UInt32 { packed & 31 }

        @inline(__always)
        init(_ packed: UInt32) { self.packed = packed }
    }

    let symbolCount: Int
    private let longest: Int
    let counts: UnsafeMutablePointer<UInt32>
    /// 0 for symbols that do not occur.
    let lengths: UnsafeMutablePointer<UInt8>
    let words: UnsafeMutablePointer<Word>
    /// The symbols that occur, from the rarest on, below their counts.
    private let sorted: UnsafeMutableBufferPointer<UInt32>
    private let nodes: UnsafeMutablePointer<UInt32>

    init(symbols: Int, longest: Int) {
        symbolCount = symbols
        self.longest = longest
        counts = .allocate(capacity: symbols)
        lengths = .allocate(capacity: symbols)
        words = .allocate(capacity: symbols)
        sorted = .allocate(capacity: symbols)
        nodes = .allocate(capacity: symbols)
        clear()
    }

    deinit {
        counts.deallocate()
        lengths.deallocate()
        words.deallocate()
        sorted.deallocate()
        nodes.deallocate()
    }

    func clear() { counts.initialize(repeating: 0, count: symbolCount) }

    /// Bits of the words of all symbols that were counted.
    var cost: Int {
        var sum = 0
        for symbol in 0..<symbolCount { sum += Int(counts[symbol]) * Int(lengths[symbol]) }
        return sum
    }

    /// Makes the code. Counts are below 2^23.
    func build() {
        lengths.initialize(repeating: 0, count: symbolCount)
        var used = 0
        for symbol in 0..<symbolCount where counts[symbol] > 0 {
            sorted[used] = counts[symbol] << 9 | UInt32(symbol)
            used += 1
        }
        if used > 1 {
            var symbols = UnsafeMutableBufferPointer(rebasing: sorted[..<used])
            symbols.sort()
            findLengths(used)
        } else {
            // Two words of one bit: not every decoder takes a code with fewer.
            let symbol = used == 1 ? Int(sorted[0] & 511) : 0
            lengths[symbol] = 1
            lengths[symbol == 0 ? 1 : 0] = 1
        }
        assignWords()
    }

    /// The tree of least cost, in place (Moffat and Katajainen, In-place calculation of minimum-redundancy codes, 1995):
    /// `nodes` holds the counts of inner nodes, then their parents, then their depths.
    private func findLengths(_ used: Int) {
        var (inner, leaf) = (0, 0)
        for next in 0..<(used - 1) {
            var sum: UInt32 = 0
            for _ in 0..<2 {
                if leaf == used || inner < next && nodes[inner] < sorted[leaf] >> 9 {
                    sum += nodes[inner]
                    nodes[inner] = UInt32(next)
                    inner += 1
                } else {
                    sum += sorted[leaf] >> 9
                    leaf += 1
                }
            }
            nodes[next] = sum
        }
        nodes[used - 2] = 0
        for next in stride(from: used - 3, through: 0, by: -1) { nodes[next] = nodes[Int(nodes[next])] + 1 }
        var ofLength = leavesByDepth(used)
        // Kraft's sum in units of the longest word. Each step takes a word of the greatest length away and makes one that
        // is shorter longer, beside which it finds place.
        var sum = 0
        for length in 1...longest { sum += ofLength[length] << (longest - length) }
        while sum > 1 << longest {
            var shorter = longest - 1
            while ofLength[shorter] == 0 { shorter -= 1 }
            ofLength[longest] -= 1
            ofLength[shorter] -= 1
            ofLength[shorter + 1] += 2
            sum -= 1
        }
        var next = used
        for length in 1...longest {
            for _ in 0..<ofLength[length] {
                next -= 1
                lengths[Int(sorted[next] & 511)] = UInt8(length)
            }
        }
    }

    /// How many leaves the tree has at each depth; those that lie too deep count as if they lay at the greatest.
    private func leavesByDepth(_ used: Int) -> [Int] {
        var leaves = [Int](repeating: 0, count: longest + 1)
        var (places, depth, next) = (1, 0, used - 2)
        while places > 0 {
            var inner = 0
            while next >= 0, nodes[next] == UInt32(depth) {
                inner += 1
                next -= 1
            }
            leaves[min(depth, longest)] += places - inner
            places = 2 * inner
            depth += 1
        }
        return leaves
    }

    private func assignWords() {
        var next = [UInt32](repeating: 0, count: longest + 2)
        for symbol in 0..<symbolCount where lengths[symbol] > 0 { next[Int(lengths[symbol]) + 1] += 1 }
        for length in 1...longest { next[length + 1] = (next[length] + next[length + 1]) << 1 }
        for symbol in 0..<symbolCount {
            let length = Int(lengths[symbol])
            let word = next[length]
            if length > 0 { next[length] += 1 }
            (words + symbol).initialize(to: Word(Self.reversed(word, length) << 5 | UInt32(length)))
        }
    }

    /// The lowest bits from the other end.
    private static func reversed(_ word: UInt32, _ count: Int) -> UInt32 {
        var bits = word
        bits = (bits & 0x5555) << 1 | (bits >> 1) & 0x5555
        bits = (bits & 0x3333) << 2 | (bits >> 2) & 0x3333
        bits = (bits & 0x0f0f) << 4 | (bits >> 4) & 0x0f0f
        bits = (bits & 0x00ff) << 8 | (bits >> 8) & 0x00ff
        return bits >> UInt32(16 - count)
    }
}

/// Which symbols stand for lengths and distances (RFC 1951, 3.2.5).
enum DeflateSymbols {
    /// The shortest length of each symbol from 257 on.
    static let lengthBase = (257..<286).map { symbol in
        if symbol == 285 { return 258 }
        let place = symbol - 257
        return place < 8 ? place + 3 : (4 + place & 3) << (place / 4 - 1) + 3
    }
    /// The shortest distance of each symbol.
    static let distanceBase = (0..<30).map { $0 < 4 ? $0 + 1 : (2 + $0 & 1) << ($0 / 2 - 1) + 1 }

    /// In which order a block's head has the lengths of the words for lengths.
    static let lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    static func symbol(ofLength length: Int) -> Int { 257 + lengthBase.lastIndex { $0 <= length }! }

    static func extraBits(ofSymbol symbol: Int) -> Int { (265..<285).contains(symbol) ? (symbol - 261) / 4 : 0 }

    @inline(__always)
    static func symbol(ofDistance distance: Int) -> Int {
        let place = distance &- 1
        guard place >= 4 else { return place }
        let highest = 63 &- place.leadingZeroBitCount
        return 2 &* highest &+ (place &>> (highest &- 1)) & 1
    }

    @inline(__always)
    static func extraBits(ofDistance symbol: Int) -> Int { symbol < 4 ? 0 : symbol &>> 1 &- 1 }
}

/// What stands before the symbols of a block with codes of its own: the lengths of their words (RFC 1951, 3.2.7).
struct BlockHeader {
    /// Of 16, 17 and 18, which repeat a length.
    private static let extraBits = [2, 3, 7]

    private let symbolCount: Int
    private let distanceCount: Int
    private let code: HuffmanCode
    private var codeCount = 19
    /// Lengths and repetitions, with their extra bits.
    private var items: [(symbol: Int, extra: Int)] = []

    /// - `code`: becomes the code of the lengths.
    init(_ symbols: HuffmanCode, _ distances: HuffmanCode, _ code: HuffmanCode) {
        func count(_ code: HuffmanCode, least: Int) -> Int {
            var count = code.symbolCount
            while count > least, code.lengths[count - 1] == 0 { count -= 1 }
            return count
        }
        let symbolCount = count(symbols, least: 257)
        let distanceCount = count(distances, least: 1)
        self.symbolCount = symbolCount
        self.distanceCount = distanceCount
        self.code = code
        items.reserveCapacity(symbolCount + distanceCount)
        func length(_ place: Int) -> Int {
            Int(place < symbolCount ? symbols.lengths[place] : distances.lengths[place - symbolCount])
        }
        var place = 0
        while place < symbolCount + distanceCount {
            let value = length(place)
            var run = 1
            while place + run < symbolCount + distanceCount, length(place + run) == value { run += 1 }
            place += run
            addRun(of: value, run)
        }
        code.clear()
        for item in items { code.counts[item.symbol] += 1 }
        code.build()
        while codeCount > 4, code.lengths[DeflateSymbols.lengthOrder[codeCount - 1]] == 0 { codeCount -= 1 }
    }

    private mutating func addRun(of value: Int, _ count: Int) {
        var left = count
        if value > 0 {
            items.append((value, 0))
            left -= 1
        }
        while left >= 3 {
            let part = min(left, value > 0 ? 6 : 138)
            items.append(value > 0 ? (16, part - 3) : part > 10 ? (18, part - 11) : (17, part - 3))
            left -= part
        }
        for _ in 0..<left { items.append((value, 0)) }
    }

    /// Bits of the header, those of the kind of the block included.
    var bits: Int {
        items.reduce(3 + 14 + 3 * codeCount) { sum, item in
            sum + Int(code.lengths[item.symbol]) + (item.symbol < 16 ? 0 : Self.extraBits[item.symbol - 16])
        }
    }

    func write(isLast: Bool, to bits: inout BitWriter) {
        bits.put(isLast ? 5 : 4, 3)
        bits.put(UInt64(symbolCount - 257) | UInt64(distanceCount - 1) << 5 | UInt64(codeCount - 4) << 10, 14)
        bits.flush()
        for symbol in DeflateSymbols.lengthOrder.prefix(codeCount) {
            bits.put(UInt64(code.lengths[symbol]), 3)
            bits.flush()
        }
        for (symbol, extra) in items {
            bits.put(code.words[symbol])
            if symbol >= 16 { bits.put(UInt64(extra), Self.extraBits[symbol - 16]) }
            bits.flush()
        }
    }
}
