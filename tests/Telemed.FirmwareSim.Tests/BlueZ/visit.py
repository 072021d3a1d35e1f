"""Visits the glucometer with bleak: scans, connects, reads device information, subscribes, asks for all records.

Prints one line for each thing that came. The bus is the one in DBUS_SYSTEM_BUS_ADDRESS.
"""
import asyncio

from bleak import BleakClient, BleakScanner


def uuid(number):
    return f"0000{number:04x}-0000-1000-8000-00805f9b34fb"


async def main():
    device = await BleakScanner.find_device_by_filter(
        lambda _, advertisement: uuid(0x1808) in advertisement.service_uuids, timeout=20
    )
    print("found", device.address, device.name)
    answered = asyncio.Event()

    def answer(_, value):
        print("answer", value.hex())
        answered.set()

    async with BleakClient(device) as client:
        for number in (0x2A29, 0x2A24, 0x2A25):
            print("read", f"{number:04x}", (await client.read_gatt_char(uuid(number))).decode())
        await client.start_notify(uuid(0x2A18), lambda _, value: print("record", value.hex()))
        await client.start_notify(uuid(0x2A52), answer)
        await client.write_gatt_char(uuid(0x2A52), b"\x01\x01", response=True)
        await asyncio.wait_for(answered.wait(), 20)
    print("disconnected")


asyncio.run(main())
