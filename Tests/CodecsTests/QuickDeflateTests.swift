import CDeflate
@testable import Codecs
import Testing

@Suite("Bytes are deflated quickly, and inflated by others")
struct QuickDeflateTests {
    /// Numbers without any order; the same for the same seed.
    private struct Noise {
        var state: UInt64

        mutating func next(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    private func deflated(_ bytes: [UInt8], isLast: Bool = true, by deflater: QuickDeflate = QuickDeflate()) -> [UInt8]
    {
        let bound = QuickDeflate.bound(bytes.count)
        var output = [UInt8](repeating: 0x5a, count: bound + 8)
        let count = deflater.deflate(bytes, count: bytes.count, to: &output, isLast: isLast)
        #expect(count <= bound && output[bound...].allSatisfy { $0 == 0x5a })
        return Array(output[..<count])
    }

    private func inflated(_ bytes: [UInt8], count: Int) -> [UInt8]? {
        let decompressor = libdeflate_alloc_decompressor()!
        defer { libdeflate_free_decompressor(decompressor) }
        var output = [UInt8](repeating: 0, count: count + 1)
        var (used, size) = (0, 0)
        let result = libdeflate_deflate_decompress_ex(
            decompressor, bytes, bytes.count, &output, count, &used, &size)
        guard result == LIBDEFLATE_SUCCESS, used == bytes.count, size == count else { return nil }
        return Array(output[..<count])
    }

    /// Around the sizes of a match, of a block and of the window.
    @Test(arguments: [
        0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 300, 5000, 32_767, 32_769, 65_534, 65_535, 65_536, 65_543, 131_070,
        131_071, 131_078, 200_000, 262_141,
    ])
    func whatComesOutIsWhatWentIn(count: Int) {
        let fills: [(inout Noise, Int) -> Int] = [
            { _, _ in 0 }, { _, _ in 255 }, { noise, _ in noise.next(below: 256) },
            { noise, _ in noise.next(below: 2) },
            { _, place in place }, { _, place in place / 100 }, { noise, _ in noise.next(below: 40) / 39 },
            // As row filters leave them.
            { noise, _ in noise.next(below: 6) + noise.next(below: 6) - noise.next(below: 11) },
            { noise, place in place % 3000 < 2000 ? 0 : noise.next(below: 9) },
            { noise, place in place / 20_000 % 2 == 0 ? noise.next(below: 256) : 7 },
        ]
        let deflater = QuickDeflate()
        for (index, fill) in fills.enumerated() {
            var noise = Noise(state: UInt64(index))
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: fill(&noise, $0)) }
            let once = deflated(bytes)
            #expect(inflated(once, count: count) == bytes, "fill \(index)")
            // Neither what went before nor what comes behind shows.
            let open = deflated(bytes, isLast: false, by: deflater)
            #expect(inflated(open + deflated([1, 2, 3], by: deflater), count: count + 3) == bytes + [1, 2, 3])
            #expect(deflated(bytes, by: deflater) == once)
        }
    }

    /// Every length, and those that have to be written in parts.
    @Test func runsOfAnyLengthAreMatches() {
        for length in Array(1...600) + [1030, 65_000, 70_000] {
            let bytes = [9, 8, 7] + [UInt8](repeating: 5, count: length) + [6]
            let result = deflated(bytes)
            #expect(inflated(result, count: bytes.count) == bytes, "\(length)")
            #expect(result.count <= 40 + length / 200, "\(length)")
        }
    }

    @Test(arguments: [
        8, 9, 12, 13, 16, 17, 24, 25, 100, 257, 1000, 4097, 20_000, 24_576, 24_577, 32_767, 32_768, 32_769, 33_000,
    ])
    func repetitionsWithinTheWindowAreMatches(distance: Int) {
        var noise = Noise(state: 11)
        let part = (0..<distance).map { _ in UInt8(noise.next(below: 256)) }
        let bytes = part + part + part + part.prefix(1000)
        let result = deflated(bytes)
        #expect(inflated(result, count: bytes.count) == bytes)
        // Not every place is looked at where nothing was found for long.
        if distance <= 100 { #expect(result.count < distance + 60) }
    }

    @Test(arguments: 0..<200)
    func mixturesOfLiteralsAndMatches(seed: Int) {
        var noise = Noise(state: UInt64(seed))
        var bytes: [UInt8] = []
        let size = 1 << noise.next(below: 18)
        let colours = 1 + noise.next(below: 256)
        while bytes.count < size {
            if noise.next(below: 3) > 0, !bytes.isEmpty {
                let distance = 1 + noise.next(below: min(bytes.count, 40_000))
                for _ in 0...noise.next(below: 400) { bytes.append(bytes[bytes.count - distance]) }
            } else {
                for _ in 0...noise.next(below: 60) { bytes.append(UInt8(noise.next(below: colours))) }
            }
        }
        #expect(inflated(deflated(bytes), count: bytes.count) == bytes)
    }

    /// Fibonacci's numbers make the deepest trees.
    @Test(arguments: [7, 14, 15], [2, 3, 5, 19, 30, 100, 286])
    func codesAreCompleteAndAsShortAsTheyCanBe(longest: Int, symbols: Int) {
        let code = HuffmanCode(symbols: symbols, longest: longest)
        guard symbols <= 1 << longest else { return }
        var fibonacci: [UInt32] = [1, 1]
        while fibonacci.count < 30 { fibonacci.append(fibonacci.suffix(2).reduce(0, +)) }
        for kind in 0..<4 {
            var noise = Noise(state: UInt64(kind))
            code.clear()
            for symbol in 0..<symbols {
                code.counts[symbol] =
                    switch kind {
                    case 0: fibonacci[symbol % 30]
                    case 1: 1
                    case 2: UInt32(noise.next(below: 1000))
                    default: UInt32(noise.next(below: 4) / 3 * noise.next(below: 60_000))
                    }
            }
            code.build()
            let counts = (0..<symbols).map { Int(code.counts[$0]) }
            let lengths = (0..<symbols).map { Int(code.lengths[$0]) }
            #expect(lengths.allSatisfy { $0 <= longest })
            let shares = lengths.filter { $0 > 0 }.map { 1 << (longest - $0) }
            #expect(shares.reduce(0, +) == 1 << longest)
            let used = counts.indices.filter { counts[$0] > 0 }
            guard used.count > 1 else { continue }
            #expect(used == lengths.indices.filter { lengths[$0] > 0 })
            for a in used { for b in used where counts[a] > counts[b] { #expect(lengths[a] <= lengths[b]) } }
            // Joining the two rarest, again and again, costs what the code costs where no word is too long.
            var weights = used.map { counts[$0] }
            var cost = 0
            while weights.count > 1 {
                weights.sort(by: >)
                let sum = weights.removeLast() + weights.removeLast()
                cost += sum
                weights.append(sum)
            }
            #expect(code.cost >= cost)
            if lengths.max()! < longest { #expect(code.cost == cost) }
            // No word begins another.
            let words = used.map { symbol -> String in
                let word = code.words[symbol]
                return (0..<word.count).map { word.bits >> $0 & 1 == 1 ? "1" : "0" }.joined()
            }.sorted()
            #expect(zip(words, words.dropFirst()).allSatisfy { !$1.hasPrefix($0) })
        }
    }
}
