/// Pixels for a unit of length, as JFIF stores them.
struct PixelDensity: Sendable, Equatable {
    enum Unit: Sendable { case aspectRatioOnly, inch, centimeter }

    var unit: Unit
    var x: UInt16
    var y: UInt16

    static let unknown = PixelDensity(unit: .aspectRatioOnly, x: 1, y: 1)

    var jpegUnit: Int {
        switch unit {
        case .aspectRatioOnly: 0
        case .inch: 1
        case .centimeter: 2
        }
    }

    /// From the JFIF segment.
    init?(jfif data: [UInt8]) {
        guard data.count >= 12, data[7] <= 2 else { return nil }
        x = UInt16(data[8]) << 8 | UInt16(data[9])
        y = UInt16(data[10]) << 8 | UInt16(data[11])
        unit = [.aspectRatioOnly, .inch, .centimeter][Int(data[7])]
        guard x > 0, y > 0 else { return nil }
    }

    /// From the pHYs chunk: pixels for a metre (unit 1) or a ratio (unit 0). Whole dots for an inch stay such.
    init?(physical data: [UInt8]) {
        guard data.count == 9, data[8] <= 1 else { return nil }
        func word(_ index: Int) -> Int { data[index..<(index + 4)].reduce(0) { $0 << 8 | Int($1) } }
        let (x, y) = (word(0), word(4))
        guard x > 0, y > 0 else { return nil }
        if data[8] == 0 {
            let divisor = max(1, (max(x, y) + 65_534) / 65_535)
            self.init(unit: .aspectRatioOnly, x: UInt16(max(1, x / divisor)), y: UInt16(max(1, y / divisor)))
            return
        }
        let perInch = [x, y].map { ($0 * 254 + 5_000) / 10_000 }
        guard perInch.allSatisfy({ (1...65_535).contains($0) }) else { return nil }
        self.init(unit: .inch, x: UInt16(perInch[0]), y: UInt16(perInch[1]))
    }

    init(unit: Unit, x: UInt16, y: UInt16) {
        self.unit = unit
        self.x = x
        self.y = y
    }

    /// The data of a pHYs chunk.
    var physical: [UInt8] {
        func meters(_ value: UInt16) -> UInt32 {
            switch unit {
            case .aspectRatioOnly: UInt32(value)
            case .inch: UInt32((Int(value) * 10_000 + 127) / 254)
            case .centimeter: UInt32(value) * 100
            }
        }
        let words = [x, y].map(meters).flatMap { value in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
        }
        return words + [unit == .aspectRatioOnly ? 0 : 1]
    }
}

extension ImageMetadata {
    /// Replaces what is said about density, in EXIF as well.
    mutating func state(dotsPerInch: Int) {
        entries = entries.filter { $0.part != .density }.compactMap { entry in
            entry.editingExif { $0.setDensity(dotsPerInch: dotsPerInch) }
        }
        let density = PixelDensity(unit: .inch, x: UInt16(dotsPerInch), y: UInt16(dotsPerInch))
        let source = Source.chunk(type: .phys, data: density.physical, afterImage: false)
        entries.append(.init(part: .density, source: source))
    }

    /// The density that the file states; nil for none.
    var density: PixelDensity? {
        for entry in entries where entry.part == .density {
            switch entry.source {
            case .chunk(_, let data, _): if let density = PixelDensity(physical: data) { return density }
            case .segments(let segments):
                if let density = segments.first.flatMap({ PixelDensity(jfif: $0.data) }) { return density }
            }
        }
        return nil
    }
}
