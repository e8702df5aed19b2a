/// Bytes for people: `1.5 MiB`.
enum ByteText {
    static func text(_ bytes: Int) -> String {
        var value = Double(bytes)
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        let tenths = (value * 10).rounded() / 10
        return unit == 0 ? "\(bytes) B" : "\(tenths) \(units[unit])"
    }
}
