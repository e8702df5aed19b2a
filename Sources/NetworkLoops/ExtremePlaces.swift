extension Loops {
    public static func extremePlaces(
        _ input: UnsafePointer<Float>, size: Int, step: Int, columns: Int, negate: Bool, takesLast: Bool,
        to places: UnsafeMutablePointer<Int64>
    ) {
        let sign = Vector(negate ? -1 : 1)
        var column = 0
        while column + 16 <= columns {
            var best = load(input + column) * sign
            var place = SIMD16<Int32>.zero
            for index in 1..<max(1, size) {
                let value = load(input + index * step + column) * sign
                let wins = takesLast ? value .>= best : value .> best
                best.replace(with: value, where: wins)
                place.replace(with: Int32(truncatingIfNeeded: index), where: wins)
            }
            for lane in 0..<16 { places[column + lane] = Int64(place[lane]) }
            column += 16
        }
        while column < columns {
            var best = 0
            for index in 1..<max(1, size) {
                let value = input[index * step + column] * sign[0], most = input[best * step + column] * sign[0]
                if value > most || (takesLast && value == most) { best = index }
            }
            places[column] = Int64(best)
            column += 1
        }
    }
}
