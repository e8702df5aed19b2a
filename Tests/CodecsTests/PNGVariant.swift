/// Writes PNG files of every kind from known samples, without any code of the codecs: the samples are stored, not
/// compressed.
struct PNGVariant: CustomStringConvertible {
    var width: Int
    var height: Int
    var colorType: Int
    var bitDepth: Int
    var isInterlaced = false
    var hasTransparency = false
    /// Bytes of one IDAT chunk; nil for a single chunk.
    var split: Int?

    var description: String {
        "\(width)×\(height) type \(colorType) of \(bitDepth) bits"
            + (isInterlaced ? " interlaced" : "") + (hasTransparency ? " with tRNS" : "")
    }

    private var channels: Int { [1, 0, 3, 1, 2, 0, 4][colorType] }

    /// The stored samples: a sequence without order, the same every time.
    private var samples: [Int] {
        var state: UInt32 = UInt32(width * 31 + height * 7 + colorType * 3 + bitDepth)
        return (0..<(width * height * channels)).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Int(state >> 8) & (1 << bitDepth - 1)
        }
    }

    private var palette: [UInt8] {
        (0..<(3 << bitDepth)).map { UInt8(truncatingIfNeeded: $0 * $0 &* 37 &+ $0 * 11 + 5) }
    }

    /// Fewer values than colours: the others are opaque.
    private var paletteAlpha: [UInt8] { (0..<(1 << bitDepth) / 2).map { UInt8(truncatingIfNeeded: $0 * 90 + 1) } }

    /// What a decoder delivers, 16 bits in the byte order of the file.
    var expected: [UInt8] {
        let samples = samples
        let key = Array(samples.prefix(channels))
        var result: [UInt8] = []
        func put(_ value: Int) {
            if bitDepth == 16 { result.append(UInt8(value >> 8)) }
            result.append(UInt8(value & 255))
        }
        for pixel in stride(from: 0, to: samples.count, by: channels) {
            let values = Array(samples[pixel..<(pixel + channels)])
            if colorType == 3 {
                for channel in 0..<3 { put(Int(palette[3 * values[0] + channel])) }
                if hasTransparency { put(values[0] < paletteAlpha.count ? Int(paletteAlpha[values[0]]) : 255) }
                continue
            }
            for value in values { put(bitDepth < 8 ? value * 255 / (1 << bitDepth - 1) : value) }
            if hasTransparency { put(values == key ? 0 : bitDepth == 16 ? 65_535 : 255) }
        }
        return result
    }

    var bytes: [UInt8] {
        let samples = samples
        var file: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        let sizes = word(width) + word(height)
        file += chunk("IHDR", sizes + [UInt8(bitDepth), UInt8(colorType), 0, 0, isInterlaced ? 1 : 0])
        if colorType == 3 { file += chunk("PLTE", palette) }
        if hasTransparency {
            file += chunk(
                "tRNS", colorType == 3 ? paletteAlpha : samples.prefix(channels).flatMap { word($0).suffix(2) })
        }
        let stream = stored(isInterlaced ? interlaced(samples) : rows(samples, width))
        for start in stride(from: 0, to: stream.count, by: split ?? stream.count) {
            file += chunk("IDAT", Array(stream[start..<min(stream.count, start + (split ?? stream.count))]))
        }
        return file + chunk("IEND", [])
    }

    private func interlaced(_ samples: [Int]) -> [UInt8] {
        let passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        return passes.flatMap { left, top, right, down -> [UInt8] in
            var pass: [Int] = []
            for y in stride(from: top, to: height, by: down) {
                for x in stride(from: left, to: width, by: right) {
                    pass += samples[(y * width + x) * channels..<(y * width + x + 1) * channels]
                }
            }
            return rows(pass, (width - left + right - 1) / right)
        }
    }

    /// Rows of `width` pixels, packed and filtered, each with another filter.
    private func rows(_ samples: [Int], _ width: Int) -> [UInt8] {
        guard width > 0 else { return [] }
        let count = (width * channels * bitDepth + 7) / 8
        let distance = max(1, channels * bitDepth / 8)
        var above = [Int](repeating: 0, count: count)
        var result: [UInt8] = []
        for (y, start) in stride(from: 0, to: samples.count, by: width * channels).enumerated() {
            var row = [Int](repeating: 0, count: count)
            for (index, sample) in samples[start..<(start + width * channels)].enumerated() {
                let bit = index * bitDepth
                if bitDepth == 16 {
                    (row[bit / 8], row[bit / 8 + 1]) = (sample >> 8, sample & 255)
                } else {
                    row[bit / 8] |= sample << (8 - bitDepth - bit % 8)
                }
            }
            let filter = (y * 3 + 4) % 5
            result.append(UInt8(filter))
            for index in 0..<count {
                let left = index >= distance ? row[index - distance] : 0
                let corner = index >= distance ? above[index - distance] : 0
                let prediction = [0, left, above[index], (left + above[index]) / 2, paeth(left, above[index], corner)]
                result.append(UInt8(truncatingIfNeeded: row[index] - prediction[filter]))
            }
            above = row
        }
        return result
    }

    private func paeth(_ left: Int, _ above: Int, _ corner: Int) -> Int {
        let estimate = left + above - corner
        let distances = [left, above, corner].map { abs(estimate - $0) }
        if distances[0] <= distances[1], distances[0] <= distances[2] { return left }
        return distances[1] <= distances[2] ? above : corner
    }

    /// A zlib stream of stored blocks.
    private func stored(_ data: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        for start in stride(from: 0, to: data.count, by: 1000) {
            let block = data[start..<min(data.count, start + 1000)]
            let (low, high) = (UInt8(block.count & 255), UInt8(block.count >> 8))
            stream += [start + 1000 >= data.count ? 1 : 0, low, high, ~low, ~high] + block
        }
        var (first, second) = (1, 0)
        for byte in data {
            first = (first + Int(byte)) % 65_521
            second = (second + first) % 65_521
        }
        return stream + word(second << 16 | first)
    }

    private func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let content = Array(type.utf8) + data
        var crc: UInt32 = 0xffff_ffff
        for byte in content {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xedb8_8320 : 0) }
        }
        return word(data.count) + content + word(Int(~crc))
    }

    private func word(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
}
