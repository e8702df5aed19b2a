/// Deflates (RFC 1951) about twice as fast as libdeflate at its fastest, for bytes that row filters have made: most of them
/// near zero and without order, so that an entropy code says nearly everything about them.
///
/// Matches of fewer than eight bytes cost about what their literals cost, and are not looked for; the longer nothing was
/// found the fewer places are tried. What comes out depends on the bytes alone.
///
/// The matches of a block are found first, and its symbols counted; then a code is made for them, and they are written.
final class QuickDeflate {
    /// Bytes of input that share a code; and what a block that stores them holds at most.
    private static let blockBytes = 2 * storedBytes
    private static let storedBytes = 65_535
    private static let hashBits: UInt64 = 13
    private static let shortestMatch = 8
    private static let longestMatch = 258
    private static let windowBytes = 32_768

    /// Some literals, and then a match; a length of 0 where none follows.
    private struct Sequence {
        var literals: UInt32
        var length: UInt16
        var distance: UInt16
    }

    /// Where eight bytes with some hash were seen last, modulo 2^16. What is found there is compared, whatever it is.
    private let places: UnsafeMutablePointer<UInt16>
    private let sequences: UnsafeMutablePointer<Sequence>
    private var sequenceCount = 0
    /// Of literals, in four parts, so that equal neighbours do not wait for each other.
    private let counts: UnsafeMutablePointer<UInt32>
    private let symbols = HuffmanCode(symbols: 286, longest: 14)
    private let distances = HuffmanCode(symbols: 30, longest: 15)
    private let lengthOfCodes = HuffmanCode(symbols: 19, longest: 7)
    /// Of each length, its code word and its extra bits as one word.
    private let lengthWords: UnsafeMutablePointer<UInt32>
    private let symbolOfLength: UnsafeMutablePointer<UInt16>
    private let distanceBase: UnsafeMutablePointer<UInt16>

    init() {
        places = .allocate(capacity: 1 << Self.hashBits)
        // A match that is too long becomes several sequences, each of many bytes.
        sequences = .allocate(capacity: Self.blockBytes / Self.shortestMatch + 2)
        counts = .allocate(capacity: 4 * 256)
        lengthWords = .allocate(capacity: Self.longestMatch + 1)
        symbolOfLength = .allocate(capacity: Self.longestMatch + 1)
        symbolOfLength.initialize(repeating: 0, count: 3)
        for length in 3...Self.longestMatch {
            (symbolOfLength + length).initialize(to: UInt16(DeflateSymbols.symbol(ofLength: length)))
        }
        distanceBase = .allocate(capacity: DeflateSymbols.distanceBase.count)
        for (symbol, base) in DeflateSymbols.distanceBase.enumerated() {
            (distanceBase + symbol).initialize(to: UInt16(base))
        }
    }

    deinit {
        places.deallocate()
        sequences.deallocate()
        counts.deallocate()
        lengthWords.deallocate()
        symbolOfLength.deallocate()
        distanceBase.deallocate()
    }

    /// Bytes that `deflate` may write: a block in codes is at most as long as those that store its bytes.
    static func bound(_ count: Int) -> Int { count + (count / storedBytes + 3) * 6 + 16 }

    /// Deflates `count` bytes.
    ///
    /// - `isLast`: whether the stream ends; else it ends on a whole byte, and another may follow.
    /// - Returns: bytes of the stream; `target` has `bound(count)`.
    func deflate(
        _ source: UnsafePointer<UInt8>, count: Int, to target: UnsafeMutablePointer<UInt8>, isLast: Bool
    ) -> Int {
        places.initialize(repeating: 0, count: 1 << Self.hashBits)
        var bits = BitWriter(target)
        var start = 0
        repeat {
            let end = min(start + Self.blockBytes, count)
            findMatches(source, start, end)
            write(source, start, end, isLast: isLast && end == count, to: &bits)
            start = end
        } while start < count
        if !isLast { bits.putStored(0, isLast: false) }
        bits.align()
        return bits.out - target
    }

    // MARK: Matches

    @inline(__always)
    private static func load(_ source: UnsafePointer<UInt8>) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(source).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    private static func hash(_ bytes: UInt64) -> Int {
        Int(truncatingIfNeeded: (bytes &* 0x9E37_79B9_7F4A_7C15) >> (64 - hashBits))
    }

    /// Of 32 bytes.
    @inline(__always)
    private static func areEqual(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>) -> Bool {
        let first = (load(a) ^ load(b)) | (load(a + 8) ^ load(b + 8))
        let second = (load(a + 16) ^ load(b + 16)) | (load(a + 24) ^ load(b + 24))
        return first | second == 0
    }

    /// Finds the sequences of a block, and counts its symbols.
    private func findMatches(_ source: UnsafePointer<UInt8>, _ start: Int, _ end: Int) {
        sequenceCount = 0
        counts.initialize(repeating: 0, count: 4 * 256)
        symbols.clear()
        distances.clear()
        let last = end &- Self.shortestMatch
        var position = start
        var literals = start
        while position <= last {
            let bytes = Self.load(source + position)
            let hash = Self.hash(bytes)
            let distance = Int(UInt16(truncatingIfNeeded: position) &- places[hash])
            places[hash] = UInt16(truncatingIfNeeded: position)
            guard distance > 0, distance <= min(position, Self.windowBytes),
                Self.load(source + (position &- distance)) == bytes
            else {
                position &+= 1 &+ (position &- literals) >> 5
                continue
            }
            var match = position
            while match > max(literals, distance), source[match &- 1] == source[match &- 1 &- distance] { match &-= 1 }
            position &+= Self.shortestMatch
            while position &+ 32 <= end, Self.areEqual(source + position, source + (position &- distance)) {
                position &+= 32
            }
            while position &+ 8 <= end {
                let difference = Self.load(source + position) ^ Self.load(source + (position &- distance))
                position &+= difference.trailingZeroBitCount >> 3
                if difference != 0 { break }
            }
            while position < end, source[position] == source[position &- distance] { position &+= 1 }
            add(source, literals..<match, length: position &- match, distance: distance)
            literals = position
            if position <= last {
                // Of a match, its end is what later ones begin with.
                var place = position &- Self.shortestMatch
                while place < position {
                    places[Self.hash(Self.load(source + place))] = UInt16(truncatingIfNeeded: place)
                    place &+= 1
                }
            }
        }
        add(source, literals..<end, length: 0, distance: 0)
        symbols.counts[256] = 1
        for symbol in 0..<256 {
            symbols.counts[symbol] =
                counts[symbol] &+ counts[symbol &+ 256] &+ counts[symbol &+ 512] &+ counts[symbol &+ 768]
        }
    }

    @inline(__always)
    private func add(_ source: UnsafePointer<UInt8>, _ literals: Range<Int>, length: Int, distance: Int) {
        var place = literals.lowerBound
        while place &+ 4 <= literals.upperBound {
            counts[Int(source[place])] &+= 1
            counts[Int(source[place &+ 1]) &+ 256] &+= 1
            counts[Int(source[place &+ 2]) &+ 512] &+= 1
            counts[Int(source[place &+ 3]) &+ 768] &+= 1
            place &+= 4
        }
        while place < literals.upperBound {
            counts[Int(source[place])] &+= 1
            place &+= 1
        }
        var literalCount = literals.count
        var left = length
        repeat {
            var part = min(left, Self.longestMatch)
            // What is left is nothing, or has one of the lengths that can be written.
            if part < left, left < part &+ 3 { part = left &- 3 }
            sequences[sequenceCount] = Sequence(
                literals: UInt32(truncatingIfNeeded: literalCount), length: UInt16(truncatingIfNeeded: part),
                distance: UInt16(truncatingIfNeeded: distance))
            sequenceCount &+= 1
            guard part > 0 else { return }
            symbols.counts[Int(symbolOfLength[part])] &+= 1
            distances.counts[DeflateSymbols.symbol(ofDistance: distance)] &+= 1
            literalCount = 0
            left &-= part
        } while left > 0
    }

    // MARK: Writing

    private func write(
        _ source: UnsafePointer<UInt8>, _ start: Int, _ end: Int, isLast: Bool, to bits: inout BitWriter
    ) {
        symbols.build()
        distances.build()
        let header = BlockHeader(symbols, distances, lengthOfCodes)
        var cost = header.bits + symbols.cost + distances.cost
        for symbol in 257..<286 { cost += Int(symbols.counts[symbol]) * DeflateSymbols.extraBits(ofSymbol: symbol) }
        for symbol in 0..<30 { cost += Int(distances.counts[symbol]) * DeflateSymbols.extraBits(ofDistance: symbol) }
        guard cost < 8 * (end - start) + 32 else {
            var place = start
            repeat {
                let count = min(end - place, Self.storedBytes)
                bits.putStored(count, isLast: isLast && place + count == end)
                bits.putBytes(source + place, count)
                place += count
            } while place < end
            return
        }
        header.write(isLast: isLast, to: &bits)
        for length in 3...Self.longestMatch {
            let symbol = Int(symbolOfLength[length])
            let word = symbols.words[symbol]
            let extra = UInt32(length - DeflateSymbols.lengthBase[symbol - 257])
            lengthWords[length] =
                (word.bits | extra << word.count) << 5
                | (word.count + UInt32(DeflateSymbols.extraBits(ofSymbol: symbol)))
        }
        writeSequences(source + start, to: &bits)
    }

    private func writeSequences(_ source: UnsafePointer<UInt8>, to bits: inout BitWriter) {
        let (words, distanceWords) = (symbols.words, distances.words)
        var writer = bits
        var next = source
        for index in 0..<sequenceCount {
            let sequence = sequences[index]
            let match = next + Int(sequence.literals)
            // Four words of at most 14 bits, and at most 7 bits that are left over.
            while next + 4 <= match {
                writer.put(words[Int(next[0])])
                writer.put(words[Int(next[1])])
                writer.put(words[Int(next[2])])
                writer.put(words[Int(next[3])])
                writer.flush()
                next += 4
            }
            while next < match {
                writer.put(words[Int(next[0])])
                next += 1
            }
            writer.flush()
            next += Int(sequence.length)
            guard sequence.length > 0 else { continue }
            // 14 + 5 and 15 + 13 bits.
            writer.put(HuffmanCode.Word(lengthWords[Int(sequence.length)]))
            let distance = Int(sequence.distance)
            let symbol = DeflateSymbols.symbol(ofDistance: distance)
            writer.put(distanceWords[symbol])
            writer.put(
                UInt64(truncatingIfNeeded: distance &- Int(distanceBase[symbol])),
                DeflateSymbols.extraBits(ofDistance: symbol))
            writer.flush()
        }
        writer.put(words[256])
        writer.flush()
        bits = writer
    }
}

/// Puts bits one after the other, from the lowest of each byte on.
struct BitWriter {
    /// Behind the last whole byte.
    private(set) var out: UnsafeMutablePointer<UInt8>
    private var pending: UInt64 = 0
    private var count: UInt64 = 0

    init(_ out: UnsafeMutablePointer<UInt8>) { self.out = out }

    /// At most 57 bits between two calls of `flush`.
    @inline(__always)
    mutating func put(_ bits: UInt64, _ length: Int) {
        pending |= bits &<< count
        count &+= UInt64(truncatingIfNeeded: length)
    }

    @inline(__always)
    mutating func put(_ word: HuffmanCode.Word) {
        pending |= UInt64(word.bits) &<< count
        count &+= UInt64(word.count)
    }

    /// Eight bytes from `out` on are writable.
    @inline(__always)
    mutating func flush() {
        UnsafeMutableRawPointer(out).storeBytes(of: pending.littleEndian, as: UInt64.self)
        out += Int(truncatingIfNeeded: count >> 3)
        pending &>>= count & ~7
        count &= 7
    }

    /// Fills the last byte with zeros.
    mutating func align() {
        count = (count + 7) & ~7
        flush()
    }

    /// The head of a block that stores bytes; these follow.
    mutating func putStored(_ bytes: Int, isLast: Bool) {
        put(isLast ? 1 : 0, 3)
        align()
        put(UInt64(bytes) | UInt64(0xffff ^ bytes) << 16, 32)
        flush()
    }

    /// Behind a whole byte.
    mutating func putBytes(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        out.update(from: bytes, count: count)
        out += count
    }
}
