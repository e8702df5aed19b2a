/// A picture for trying things out: an evening at a lake, drawn by formulas, the same bytes on every machine.
///
/// It has what filters show well: smooth gradients, sharp outlines, fine texture, strong colours, and seven birds that
/// are the same few pixels each.
struct SamplePicture {
    let width: Int
    let height: Int
    /// Each number has clouds of its own.
    let sky: Int

    /// The outline of a bird; the sample pipeline `find-pattern` looks for it.
    static let bird: [[Int]] = [
        [1, 1, 0, 0, 0, 0, 0, 1, 1],
        [0, 1, 1, 1, 0, 1, 1, 1, 0],
        [0, 0, 0, 1, 1, 1, 0, 0, 0],
        [0, 0, 0, 0, 1, 0, 0, 0, 0],
    ]

    /// Where the birds are: their left upper corners, as parts of width and height.
    static let birds: [(x: Double, y: Double)] = [
        (0.08, 0.12), (0.13, 0.18), (0.17, 0.10), (0.22, 0.21), (0.29, 0.15), (0.84, 0.08), (0.90, 0.13),
    ]

    /// Red, green and blue of every pixel, row by row.
    func rgb() -> [UInt8] {
        var samples: [UInt8] = []
        samples.reserveCapacity(width * height * 3)
        for y in 0..<height {
            for x in 0..<width {
                // Four points of a pixel smooth the outlines.
                var sum = Light.black
                for part in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                    sum = sum + light(x: (Double(x) + part.0) / Double(width), y: (Double(y) + part.1) / Double(height))
                }
                samples += sum.scaled(by: 0.25).bytes
            }
        }
        for bird in Self.birds {
            draw(Self.bird, left: Int(bird.x * Double(width)), top: Int(bird.y * Double(height)), into: &samples)
        }
        return samples
    }

    private func draw(_ outline: [[Int]], left: Int, top: Int, into samples: inout [UInt8]) {
        for (row, line) in outline.enumerated() {
            for (column, isDark) in line.enumerated() where isDark == 1 {
                let (x, y) = (left + column, top + row)
                guard x < width, y < height else { continue }
                for channel in 0..<3 { samples[(y * width + x) * 3 + channel] = 28 }
            }
        }
    }

    /// The light at a place; both coordinates are 0…1, and y points down.
    private func light(x: Double, y: Double) -> Light {
        let shore = 0.66
        if y < shore { return land(x: x, y: y) }
        // The lake shows the land upside down, broken by waves that grow towards the viewer.
        let depth = (y - shore) / (1 - shore)
        let wave = (noise(x * 14, y * 160) - 0.5) * (0.01 + 0.05 * depth)
        let reflection = land(x: x + wave, y: max(0, shore - (y - shore) * 1.5 + wave))
        let water = Light(red: 24, green: 46, blue: 74)
        let glint = noise(x * 40, y * 320) > 0.8 - 0.1 * depth ? 1.25 : 1
        return reflection.mixed(with: water, 0.25 + 0.4 * depth).scaled(by: glint)
    }

    private func land(x: Double, y: Double) -> Light {
        if let house = house(x: x, y: y) { return house }
        let near = 0.60 + 0.05 * ridge(x * 5 + 40)
        if y > near {
            let blade = noise(x * 180, y * 60)
            return Light(red: 44, green: 62, blue: 30).scaled(by: 0.6 + 0.9 * blade)
        }
        let middle = 0.56 - 0.16 * ridge(x * 4 + 11)
        if y > middle {
            let trees = noise(x * 150, y * 40) * 0.6 + noise(x * 400, y * 250) * 0.4
            return Light(red: 40, green: 74, blue: 66).scaled(by: 0.7 + 0.6 * trees)
        }
        let far = 0.58 - 0.34 * peaks(x * 3 + 3)
        if y > far {
            let isSnow = y < far + (0.44 - far) * 0.8 * noise(x * 45, 3)
            let rock = isSnow ? Light(red: 232, green: 222, blue: 226) : Light(red: 104, green: 92, blue: 128)
            return rock.scaled(by: 0.85 + 0.3 * noise(x * 70, y * 70))
        }
        return sky(x: x, y: y)
    }

    private func sky(x: Double, y: Double) -> Light {
        let top = Light(red: 38, green: 84, blue: 160)
        let horizon = Light(red: 250, green: 184, blue: 116)
        var light = top.mixed(with: horizon, min(1, y / 0.5))
        let drift = Double(sky % 100_000) * 7
        let cloud = noise(x * 5 + drift, y * 22) * 0.6 + noise(x * 13 + drift, y * 50) * 0.4
        light = light.mixed(with: Light(red: 255, green: 226, blue: 208), max(0, cloud - 0.55) * 1.6)
        let aspect = Double(width) / Double(height)
        let distance = (((x - 0.68) * aspect) * ((x - 0.68) * aspect) + (y - 0.2) * (y - 0.2)).squareRoot()
        if distance < 0.055 { return Light(red: 255, green: 244, blue: 206) }
        return light.mixed(with: Light(red: 255, green: 230, blue: 170), max(0, 0.35 - distance) * 1.6)
    }

    /// Walls, a roof, a door and two windows; nil beside them.
    private func house(x: Double, y: Double) -> Light? {
        let (u, v) = ((x - 0.34) / 0.13, (y - 0.5) / 0.13)
        guard u >= -0.1, u <= 1.1, v >= -0.55, v <= 1 else { return nil }
        if v < 0 {
            guard abs(u - 0.5) <= (v + 0.55) / 0.55 * 0.6 else { return nil }
            let tile = Int(v * 26 + 100) % 2 == 0
            return Light(red: tile ? 150 : 122, green: 44, blue: 36)
        }
        guard u >= 0, u <= 1 else { return nil }
        let window = { (left: Double) in u > left && u < left + 0.2 && v > 0.2 && v < 0.6 }
        if window(0.1) || window(0.7) {
            let isBar = abs(u - 0.2) < 0.012 || abs(u - 0.8) < 0.012 || abs(v - 0.4) < 0.02
            return isBar ? Light(red: 70, green: 40, blue: 24) : Light(red: 255, green: 214, blue: 96)
        }
        if u > 0.42, u < 0.6, v > 0.35 { return Light(red: 58, green: 74, blue: 112) }
        let isJoint = Int(v * 18) % 2 == 0
        return Light(red: 214, green: 196, blue: 168).scaled(by: isJoint ? 1 : 0.92)
    }

    /// A line of mountains, 0…1: the creases of smooth noise are their tops.
    private func peaks(_ x: Double) -> Double {
        let crease = { (x: Double, y: Double) in 1 - abs(noise(x, y) * 2 - 1) }
        return crease(x, 2.5) * 0.6 + crease(x * 2.7, 5.5) * 0.28 + crease(x * 7.3, 9.5) * 0.12
    }

    /// A line of hills, 0…1.
    private func ridge(_ x: Double) -> Double {
        noise(x, 0.5) * 0.6 + noise(x * 2.3, 7.5) * 0.28 + noise(x * 6.1, 19.5) * 0.12
    }

    /// Values that change smoothly from one whole place to the next, 0…1.
    private func noise(_ x: Double, _ y: Double) -> Double {
        let (column, row) = (x.rounded(.down), y.rounded(.down))
        let (u, v) = (smooth(x - column), smooth(y - row))
        let (i, j) = (Int(column), Int(row))
        let upper = corner(i, j) * (1 - u) + corner(i + 1, j) * u
        let lower = corner(i, j + 1) * (1 - u) + corner(i + 1, j + 1) * u
        return upper * (1 - v) + lower * v
    }

    private func smooth(_ t: Double) -> Double { t * t * (3 - 2 * t) }

    private func corner(_ x: Int, _ y: Int) -> Double {
        var hash = UInt64(bitPattern: Int64(x &* 374_761_393 &+ y &* 668_265_263))
        hash = (hash ^ (hash >> 13)) &* 1_274_126_177
        hash ^= hash >> 16
        return Double(hash & 0xffff) / 65535
    }
}

/// Three real numbers on the 0…255 scale.
private struct Light {
    var red: Double
    var green: Double
    var blue: Double

    static let black = Light(red: 0, green: 0, blue: 0)

    static func + (one: Light, other: Light) -> Light {
        Light(red: one.red + other.red, green: one.green + other.green, blue: one.blue + other.blue)
    }

    func scaled(by factor: Double) -> Light {
        Light(red: red * factor, green: green * factor, blue: blue * factor)
    }

    func mixed(with other: Light, _ share: Double) -> Light {
        scaled(by: 1 - share) + other.scaled(by: share)
    }

    var bytes: [UInt8] { [red, green, blue].map { UInt8(max(0, min(255, $0.rounded()))) } }
}
