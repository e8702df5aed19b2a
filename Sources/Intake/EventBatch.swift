/// The events of one turn about files, put together: a file that is touched a hundred times is looked at once.
struct EventBatch {
    struct Place: Hashable {
        let watch: Int32
        /// With a zero behind it.
        let name: [CChar]
    }

    private var index: [Place: Int] = [:]
    private(set) var files: [(place: Place, mask: InotifyEvent.Mask)] = []

    mutating func add(_ event: InotifyEvent) {
        guard let name = event.name else { return }
        let place = Place(watch: event.watch, name: name)
        guard let known = index[place] else {
            index[place] = files.count
            files.append((place, event.mask))
            return
        }
        // What was told about a file that had the name before does not hold for the new one.
        if event.mask.contains(.created) {
            files[known].mask = event.mask
        } else {
            files[known].mask.formUnion(event.mask)
        }
    }
}
