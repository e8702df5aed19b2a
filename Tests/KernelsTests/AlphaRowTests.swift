import Kernels
import Testing

@Suite("Loops over pixels with alpha do what they say")
struct AlphaRowTests {
    private func samples(_ count: Int, _ randomness: inout Randomness) -> [Float] {
        (0..<count).map { _ in
            [0, 255, Float.random(in: -20...300, using: &randomness)].randomElement(using: &randomness)!
        }
    }

    @Test(arguments: [2, 4]) func premultiplied(_ channels: Int) {
        var randomness = Randomness(channels)
        for width in rowLengths {
            let input = samples(width * channels, &randomness)
            let forward = GuardedRow(input, fence: 9)
            premultiplyRow(input, to: forward.start, channels: channels, width: width)
            let back = GuardedRow(input, fence: 9)
            unpremultiplyRow(input, to: back.start, channels: channels, width: width, limits: -10...260)
            for (i, sample) in input.enumerated() {
                let alpha = input[i / channels * channels + channels - 1]
                if i % channels == channels - 1 {
                    #expect(forward.samples[i] == alpha)
                    #expect(back.samples[i] == min(max(alpha, 0), 255))
                } else {
                    #expect(forward.samples[i] == sample * (alpha / 255))
                    #expect(back.samples[i] == min(max(alpha > 0 ? sample * (255 / alpha) : 0, -10), 260))
                }
            }
            #expect(forward.isIntact && back.isIntact)
        }
    }

    @Test(arguments: 1...4) func blends(_ channels: Int) {
        var randomness = Randomness(channels)
        for width in rowLengths {
            let (a, b) = (samples(width * channels, &randomness), samples(width * channels, &randomness))
            let mask = samples(width, &randomness)
            let masked = GuardedRow(a, fence: 9)
            blendRow(a, b, mask: mask, to: masked.start, channels: channels, width: width)
            let even = GuardedRow(a, fence: 9)
            blendRow(a, b, weight: 0.3, to: even.start, count: width * channels)
            for i in a.indices {
                #expect(masked.samples[i] == a[i] + (b[i] - a[i]) * min(max(mask[i / channels] / 255, 0), 1))
                #expect(even.samples[i] == a[i] + (b[i] - a[i]) * 0.3)
            }
            #expect(masked.isIntact && even.isIntact)
        }
    }

    @Test func unsharp() {
        var randomness = Randomness(1)
        for length in rowLengths {
            let (a, b) = (samples(length, &randomness), samples(length, &randomness))
            let row = GuardedRow(a, fence: 9)
            unsharpRow(a, b, amount: 1.5, threshold: 30, offset: 2, to: row.start, count: length)
            for i in a.indices {
                let difference = a[i] - b[i]
                #expect(row.samples[i] == a[i] + (abs(difference) >= 30 ? 1.5 * difference : 0) + 2)
            }
            #expect(row.isIntact)
        }
    }
}
