"""What the fakes of all platforms share: screens, deliveries, figures, logs. Knows no platform."""
